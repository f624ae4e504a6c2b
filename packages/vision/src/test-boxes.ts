/** Boxes as tests write them, and as suppression takes them. */
import type { Candidates } from './non-max-suppression.ts';

export type Xyxy = readonly [x1: number, y1: number, x2: number, y2: number];

export interface TestBox {
  readonly xyxy: Xyxy;
  readonly score: number;
  readonly classId: number;
}

export const toCandidates = (boxes: readonly TestBox[]): Candidates => ({
  count: boxes.length,
  xyxy: Float64Array.from(boxes.flatMap(({ xyxy }) => xyxy)),
  scores: Float64Array.from(boxes, ({ score }) => score),
  classIds: Int32Array.from(boxes, ({ classId }) => classId),
});

export const toBox = ({ xyxy: [x1, y1, x2, y2] }: TestBox) => ({ x1, y1, x2, y2 });
