/** Several scales of one picture to one list: what was found twice is kept once, at its better score. */
import { nonMaxSuppression } from '@shoal/vision';
import type { Detection, DetectionOptions } from '@shoal/worker-runtime/adapter';

/** `views` hold boxes in the picture's pixels; suppression with the caller's own IoU, classes apart or together. */
export function mergeViews(
  views: readonly (readonly Detection[])[],
  options: DetectionOptions,
): readonly Detection[] {
  const found = views.flat();
  const kept = nonMaxSuppression(
    {
      count: found.length,
      xyxy: Float64Array.from(found.flatMap(({ box }) => [box.x1, box.y1, box.x2, box.y2])),
      scores: Float64Array.from(found, ({ score }) => score),
      classIds: Int32Array.from(found, ({ classId }) => classId),
    },
    options,
  );
  return kept.map((index) => found[index]!);
}
