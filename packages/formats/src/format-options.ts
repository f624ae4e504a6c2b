/** What can be asked of the formats; each says itself which of these it heeds. */
export interface FormatOptions {
  /** Detections below it are left out, 0 to 1. What `json` writes is never filtered. */
  readonly minScore?: number;
  /** Of the model, by class index: named as categories even where nothing of the class was found. */
  readonly labels?: readonly string[];
  /** When the run ended. */
  readonly completedAt?: Date;
  /** The numbers of somebody else's COCO data set, to be evaluated against it. */
  readonly cocoNumbers?: CocoNumbers;
  /** What class index 0 becomes as a COCO category: 1 unless told, as many programs take category 0 for background. */
  readonly firstCategoryId?: number;
  /** What downstream programs propose as a minimum score: `megadetector` only. */
  readonly typicalMinScore?: number;
}

/** Undefined for what the data set does not have: it is left out, and counted. */
export interface CocoNumbers {
  readonly imageIdOf: (file: string) => number | undefined;
  readonly categoryIdOf: (label: string) => number | undefined;
}
