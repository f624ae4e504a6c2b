/** Several scales of one picture to one list: what was found twice is kept once, at its better score. */
import { suppressBoxes } from '@shoal/vision';
import type { Detection, DetectionOptions } from '@shoal/worker-runtime/adapter';

/** `views` hold boxes in the picture's pixels; suppression with the caller's own IoU, classes apart or together. */
export function mergeViews(
  views: readonly (readonly Detection[])[],
  options: DetectionOptions,
): readonly Detection[] {
  return suppressBoxes(views.flat(), options);
}
