/**
 * Greedy non-maximum suppression over typed arrays: thousands of candidates come in, one box an object goes out.
 * It decides by score and overlap alone; thresholds on scores and classes are the caller's.
 */
import { placeBoxes, suppressAround } from './box-grid.ts';
import { orderBestFirst } from './order-best-first.ts';

/** Candidates as parallel arrays: box `i` is `xyxy[4 * i .. 4 * i + 3]`, in any one space. */
export interface Candidates {
  readonly count: number;
  readonly xyxy: Float32Array | Float64Array;
  readonly scores: Float32Array | Float64Array;
  readonly classIds: Int32Array;
}

export interface SuppressionOptions {
  /** A box goes when its IoU with a better survivor is greater than this, 0 to 1. */
  readonly iou: number;
  readonly maxDetections: number;
  /** True: boxes of different classes suppress one another as well. */
  readonly classAgnostic: boolean;
}

/** More candidates than this are cut off at the lowest scores: `max_nms` of YOLOv5's non_max_suppression. */
export const candidatesMax = 30_000;

/**
 * Indices of the survivors, best score first. Equal scores are ordered by class and coordinates, so the same boxes
 * survive in whatever order they come. The outcome is that of torchvision's `nms`, and for classes apart of its
 * `batched_nms`, cut off after `maxDetections`.
 */
export function nonMaxSuppression(candidates: Candidates, options: SuppressionOptions): readonly number[] {
  const order = orderBestFirst(candidates).subarray(0, candidatesMax);
  const grid = placeBoxes(candidates, order, options.classAgnostic);
  const survivors: number[] = [];
  for (let place = 0; place < order.length && survivors.length < options.maxDetections; place += 1) {
    if (grid.isSuppressed[place] === 1) continue;
    survivors.push(order[place]!);
    suppressAround(grid, place, options.iou);
  }
  return survivors;
}
