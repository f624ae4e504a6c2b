/**
 * What a model family must provide, and nothing else: an adapter is a pure value that turns pictures into tensors and
 * tensors into detections. It sees no Redis, HTTP, file, clock or environment; both the main thread (for the plan) and
 * the inference thread (for the arithmetic) import it.
 */
import type { FixedOption, Manifest } from '@shoal/shared/contract';
import type { Geometry, ImageBox, ResizePlan, RgbImage } from '@shoal/vision';
import type { TensorInfo } from './tensor-info.ts';

export type { FixedOption, Manifest } from '@shoal/shared/contract';
export { formatTensorInfo, formatTensorInfos, frozenAxis } from './tensor-info.ts';
export type { TensorInfo } from './tensor-info.ts';

/** What the file says of itself, asked before the manifest. */
export interface ModelIo {
  readonly inputs: readonly TensorInfo[];
  readonly outputs: readonly TensorInfo[];
  /** The file's `metadata_props`: Ultralytics and YOLOv5 exports keep `names`, `stride`, `task` there. */
  readonly metadata: Readonly<Record<string, string>>;
}

export type TensorData =
  Float32Array | Float64Array | Uint16Array | Uint8Array | Int8Array | Int32Array | BigInt64Array;

/** `float16` data are raw bits in a `Uint16Array`. */
export interface Tensor {
  readonly type: 'float32' | 'float16' | 'float64' | 'uint8' | 'int8' | 'int32' | 'int64' | 'bool';
  readonly data: TensorData;
  readonly dims: readonly number[];
}

export type Tensors = Readonly<Record<string, Tensor>>;

/** A model made ready: plain data, so that it can be posted to another thread. */
export interface ModelPlan {
  /** Class names by index; empty where neither manifest nor file gives any. */
  readonly labels: readonly string[];
  readonly resize: ResizePlan;
  /** Views of one shape that one `session.run` may take. */
  readonly maxBatch: number;
  readonly channels: 'rgb' | 'bgr';
  /** The outputs that `unpack` reads, by name; the others of the file are neither fetched nor copied. */
  readonly outputs: readonly string[];
  /** Options that the graph has settled inside, so that requests cannot change them, or only to be stricter. */
  readonly fixedOptions?: readonly FixedOption[];
  /** Classes in the head, where the file tells. */
  readonly classCount?: number;
  /** What only the family's own pack and unpack read. */
  readonly layout: unknown;
}

/** Detection options with every default filled in. */
export interface DetectionOptions {
  readonly minScore: number;
  readonly iou: number;
  readonly maxDetections: number;
  readonly classAgnostic: boolean;
  /** Only these class indices; absent means all. */
  readonly classIds?: readonly number[];
}

export interface UnpackItem {
  readonly geometry: Geometry;
  readonly options: DetectionOptions;
}

/** A detection in pixels of the upright picture that the client sent. */
export interface Detection {
  readonly classId: number;
  readonly score: number;
  readonly box: ImageBox;
}

export interface ModelAdapter {
  /** The family's name, as `adapter:` in a manifest says it. */
  readonly family: string;
  /** Throws an Error with a sentence for a person (expected, found) on a layout that is not this family's. */
  readonly describe: (io: ModelIo, manifest: Manifest) => ModelPlan;
  /**
   * Images of one size, at most `plan.maxBatch`, to the session's feeds. `reuse` is what it gave for as many images of that
   * size before: its arrays may be written over and given again, which saves the time to allocate them.
   */
  readonly pack: (images: readonly RgbImage[], plan: ModelPlan, reuse?: Tensors) => Tensors;
  /**
   * The session's outputs to one list of detections an item, best score first, boxes inside the picture. There may be
   * more pictures in the outputs than items: what comes after them was packed to fill a batch.
   */
  readonly unpack: (
    outputs: Tensors,
    items: readonly UnpackItem[],
    plan: ModelPlan,
  ) => readonly (readonly Detection[])[];
  /** Several views of one picture to one list; needed only by families whose plan can have several scales. */
  readonly merge?: (
    views: readonly (readonly Detection[])[],
    options: DetectionOptions,
    plan: ModelPlan,
  ) => readonly Detection[];
}
