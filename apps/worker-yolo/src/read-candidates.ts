/**
 * One image's slice of the output to candidates: boxes in the network's pixels, scores at least `minScore`, the best
 * class of each box only (as YOLOv5's detect.py, where a box is not reported twice). No suppression here.
 */
import type { Candidates, FloatValues } from '@shoal/vision';
import type { DetectionOptions } from '@shoal/worker-runtime/adapter';
import { CandidateList } from './candidate-list.ts';

/** `values` is `first * second` long, the tensor's two inner axes. */
export type ReadCandidates = (
  values: FloatValues,
  first: number,
  second: number,
  options: DetectionOptions,
) => Candidates;

/** [anchors, 5 + classes]; the score is objectness times class. */
export const readRows: ReadCandidates = ({ at, bits, bitsBelow }, anchors, columns, options) => {
  const { minScore } = options;
  const isWanted = wantedClasses(options);
  const tooLow = bitsBelow(minScore);
  const found = new CandidateList();
  for (let row = 0; row < anchors * columns; row += columns) {
    // No class score is above 1, so most rows end here, before their classes are read.
    if (bits[row + 4]! <= tooLow) continue;
    let best = at(row + 5);
    let classId = 0;
    for (let column = 6; column < columns; column += 1) {
      const score = at(row + column);
      if (score > best) {
        best = score;
        classId = column - 5;
      }
    }
    const objectness = at(row + 4);
    const score = objectness * best;
    if (!(objectness >= minScore && score >= minScore) || !isWanted(classId)) continue;
    found.addCentred(classId, score, at(row), at(row + 1), at(row + 2), at(row + 3));
  }
  return found;
};

/** [4 + classes, anchors]; walked class by class, because that is how it lies in memory. */
export const readColumns: ReadCandidates = ({ at, bits, bitsBelow }, columns, anchors, options) => {
  const { minScore } = options;
  const isWanted = wantedClasses(options);
  const best = new Float32Array(anchors);
  const bestClass = new Int32Array(anchors);
  for (let anchor = 0; anchor < anchors; anchor += 1) best[anchor] = at(4 * anchors + anchor);
  const compare = (classId: number, from: number, to: number): void => {
    for (let anchor = from; anchor < to; anchor += 1) {
      const score = at((4 + classId) * anchors + anchor);
      if (score > best[anchor]!) {
        best[anchor] = score;
        bestClass[anchor] = classId;
      }
    }
  };
  const tooLow = bitsBelow(minScore);
  const inFours = tooLow < 0 ? 0 : anchors - (anchors % 4);
  for (let classId = 1; classId < columns - 4; classId += 1) {
    // Nearly all scores are too low for anything, which is seen of four at once: only what is higher than that has a
    // negative difference.
    for (let anchor = 0; anchor < inFours; anchor += 4) {
      const first = (4 + classId) * anchors + anchor;
      const signs =
        (tooLow - bits[first]!) |
        (tooLow - bits[first + 1]!) |
        (tooLow - bits[first + 2]!) |
        (tooLow - bits[first + 3]!);
      if (signs < 0) compare(classId, anchor, anchor + 4);
    }
    compare(classId, inFours, anchors);
  }
  const found = new CandidateList();
  for (let anchor = 0; anchor < anchors; anchor += 1) {
    const score = best[anchor]!;
    const classId = bestClass[anchor]!;
    if (!(score >= minScore) || !isWanted(classId)) continue;
    const [x, y] = [at(anchor), at(anchors + anchor)];
    found.addCentred(classId, score, x, y, at(2 * anchors + anchor), at(3 * anchors + anchor));
  }
  return found;
};

/** [n, 6]: x1, y1, x2, y2, score, class; unused places are zeros, or of a class below 0. */
export const readEndToEnd: ReadCandidates = ({ at }, count, columns, options) => {
  const isWanted = wantedClasses(options);
  const found = new CandidateList();
  for (let row = 0; row < count * columns; row += columns) {
    const score = at(row + 4);
    const classId = Math.round(at(row + 5));
    if (!(score >= options.minScore && classId >= 0) || !isWanted(classId)) continue;
    found.add(classId, score, at(row), at(row + 1), at(row + 2), at(row + 3));
  }
  return found;
};

function wantedClasses({ classIds }: DetectionOptions): (classId: number) => boolean {
  if (classIds === undefined) return () => true;
  const wanted = new Set(classIds);
  return (classId) => wanted.has(classId);
}
