/**
 * One image's slice of the output to candidates: boxes in the network's pixels, scores at least `minScore`, the best
 * class of each box only (as YOLOv5's detect.py, where a box is not reported twice). No suppression here.
 */
import type { ModelBox } from '@shoal/vision';
import type { DetectionOptions } from '@shoal/worker-runtime/adapter';

export interface Candidate {
  readonly classId: number;
  readonly score: number;
  readonly box: ModelBox;
}

/** `values` is `first * second` long, the tensor's two inner axes. */
export type ReadCandidates = (
  values: Float32Array,
  first: number,
  second: number,
  options: DetectionOptions,
) => readonly Candidate[];

/** [anchors, 5 + classes]; the score is objectness times class. */
export const readRows: ReadCandidates = (values, anchors, columns, options) => {
  const { minScore } = options;
  const wanted = wantedClasses(options);
  const found: Candidate[] = [];
  for (let anchor = 0, at = 0; anchor < anchors; anchor += 1, at += columns) {
    const objectness = values[at + 4]!;
    // No class score is above 1, so most rows end here, before their classes are read.
    if (!(objectness >= minScore)) continue;
    let bestAt = at + 5;
    for (let column = at + 6; column < at + columns; column += 1) {
      if (values[column]! > values[bestAt]!) bestAt = column;
    }
    const score = objectness * values[bestAt]!;
    const classId = bestAt - at - 5;
    if (!(score >= minScore) || !wanted(classId)) continue;
    const box = fromCentre(values[at]!, values[at + 1]!, values[at + 2]!, values[at + 3]!);
    found.push({ classId, score: Math.min(score, 1), box });
  }
  return found;
};

/** [4 + classes, anchors]; walked class by class, because that is how it lies in memory. */
export const readColumns: ReadCandidates = (values, columns, anchors, options) => {
  const { minScore } = options;
  const wanted = wantedClasses(options);
  const bestScore = values.slice(4 * anchors, 5 * anchors);
  const bestClass = new Int32Array(anchors);
  for (let classId = 1; classId < columns - 4; classId += 1) {
    const row = (4 + classId) * anchors;
    for (let anchor = 0; anchor < anchors; anchor += 1) {
      const score = values[row + anchor]!;
      if (score > bestScore[anchor]!) {
        bestScore[anchor] = score;
        bestClass[anchor] = classId;
      }
    }
  }
  const found: Candidate[] = [];
  for (let anchor = 0; anchor < anchors; anchor += 1) {
    const score = bestScore[anchor]!;
    const classId = bestClass[anchor]!;
    if (!(score >= minScore) || !wanted(classId)) continue;
    const box = fromCentre(
      values[anchor]!,
      values[anchors + anchor]!,
      values[2 * anchors + anchor]!,
      values[3 * anchors + anchor]!,
    );
    found.push({ classId, score: Math.min(score, 1), box });
  }
  return found;
};

/** [n, 6]: x1, y1, x2, y2, score, class; unused places are zeros. */
export const readEndToEnd: ReadCandidates = (values, count, columns, options) => {
  const wanted = wantedClasses(options);
  const found: Candidate[] = [];
  for (let at = 0; at < count * columns; at += columns) {
    const score = values[at + 4]!;
    const classId = Math.round(values[at + 5]!);
    if (!(score >= options.minScore) || !wanted(classId)) continue;
    const box = { x1: values[at]!, y1: values[at + 1]!, x2: values[at + 2]!, y2: values[at + 3]! };
    found.push({ classId, score: Math.min(score, 1), box });
  }
  return found;
};

function fromCentre(x: number, y: number, width: number, height: number): ModelBox {
  return { x1: x - width / 2, y1: y - height / 2, x2: x + width / 2, y2: y + height / 2 };
}

function wantedClasses({ classIds }: DetectionOptions): (classId: number) => boolean {
  if (classIds === undefined) return () => true;
  const wanted = new Set(classIds);
  return (classId) => wanted.has(classId);
}
