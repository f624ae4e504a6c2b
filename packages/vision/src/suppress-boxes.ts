/** Non-maximum suppression for lists of boxes, whatever else each of them carries and whichever space they are all in. */
import type { ImageBox, ModelBox } from './boxes.ts';
import { nonMaxSuppression, type SuppressionOptions } from './non-max-suppression.ts';

export interface ScoredBox {
  readonly classId: number;
  readonly score: number;
  readonly box: ImageBox | ModelBox;
}

/** The survivors, best score first. */
export function suppressBoxes<B extends ScoredBox>(
  found: readonly B[],
  options: SuppressionOptions,
): readonly B[] {
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
