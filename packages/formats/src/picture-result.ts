/**
 * What every format is made from: one picture and what became of it. The prediction has the form of the server's
 * answer, so an answer can be handed over as it came; what it holds beyond this is kept by `json` and left by others.
 */
export interface PredictedDetection {
  readonly label: string;
  /** Index into the model's labels, from 0. */
  readonly classId: number;
  /** 0 to 1. */
  readonly score: number;
  /** Corners (xyxy) in pixels of the upright picture. */
  readonly box: { readonly x1: number; readonly y1: number; readonly x2: number; readonly y2: number };
}

export interface PicturePrediction {
  readonly model: { readonly name: string; readonly version: string };
  /** Pixels of the upright picture. */
  readonly image: { readonly width: number; readonly height: number };
  readonly detections: readonly PredictedDetection[];
}

export interface AnsweredPicture {
  /** Path below the folder that was run, with forward slashes, or a name alone. */
  readonly file: string;
  readonly prediction: PicturePrediction;
}

export interface FailedPicture {
  readonly file: string;
  readonly error: { readonly code: string; readonly message: string };
}

export type PictureResult = AnsweredPicture | FailedPicture;

export function isAnswered(picture: PictureResult): picture is AnsweredPicture {
  return 'prediction' in picture;
}
