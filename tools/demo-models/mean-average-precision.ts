// The figure by which the demo models are judged: average precision of each class at one IoU, and their mean.
// Arithmetic on boxes only; where detections come from is the caller's business.
import type { BoxXyxy } from './rasterise.ts';

export interface Truth {
  readonly classId: number;
  readonly boxXyxy: BoxXyxy;
}

export interface Detection extends Truth {
  /** In [0, 1]. */
  readonly score: number;
}

export interface Judged {
  readonly truths: readonly Truth[];
  readonly detections: readonly Detection[];
}

export interface ClassPrecision {
  readonly classId: number;
  readonly truths: number;
  /** In [0, 1]; NaN when the pictures hold no object of the class. */
  readonly averagePrecision: number;
}

const area = ([x1, y1, x2, y2]: BoxXyxy): number => Math.max(x2 - x1, 0) * Math.max(y2 - y1, 0);

/** Intersection over union of two boxes in the same pixels; 0 when either is empty. */
export const intersectionOverUnion = (a: BoxXyxy, b: BoxXyxy): number => {
  const shared = area([
    Math.max(a[0], b[0]),
    Math.max(a[1], b[1]),
    Math.min(a[2], b[2]),
    Math.min(a[3], b[3]),
  ]);
  const union = area(a) + area(b) - shared;
  return union > 0 ? shared / union : 0;
};

interface Verdict {
  readonly score: number;
  readonly right: boolean;
}

/** One picture, one class: best scores choose first, each takes the free truth that it overlaps most. */
const judge = (picture: Judged, classId: number, iouMin: number): readonly Verdict[] => {
  const free = picture.truths.filter((truth) => truth.classId === classId);
  const byScore = picture.detections
    .filter((detection) => detection.classId === classId)
    .sort((a, b) => b.score - a.score);
  return byScore.map(({ boxXyxy, score }) => {
    const overlaps = free.map((truth) => intersectionOverUnion(truth.boxXyxy, boxXyxy));
    const best = overlaps.indexOf(Math.max(...overlaps));
    const right = best !== -1 && (overlaps[best] as number) >= iouMin;
    if (right) free.splice(best, 1);
    return { score, right };
  });
};

/**
 * Area under the precision-recall curve, precision made non-increasing first and taken at every recall that is
 * reached (PASCAL VOC 2010 development kit, section 3.4.1), matching as in COCO.
 */
const areaUnderCurve = (verdicts: readonly Verdict[], truths: number): number => {
  let right = 0;
  const points = [...verdicts]
    .sort((a, b) => b.score - a.score)
    .map((verdict, place) => {
      if (verdict.right) right += 1;
      return { right: verdict.right, precision: right / (place + 1) };
    });
  let precisionBeyond = 0;
  let sum = 0;
  for (const point of points.toReversed()) {
    precisionBeyond = Math.max(precisionBeyond, point.precision);
    if (point.right) sum += precisionBeyond;
  }
  // Divided once, at the end, so that a faultless detector scores exactly 1.
  return sum / truths;
};

/** Average precision of one class over all pictures. `iouMin` in (0, 1]. */
export const averagePrecision = (
  pictures: readonly Judged[],
  classId: number,
  iouMin: number,
): ClassPrecision => {
  const truths = pictures.flatMap((picture) => picture.truths).filter((truth) => truth.classId === classId);
  const verdicts = pictures.flatMap((picture) => judge(picture, classId, iouMin));
  const precision = truths.length === 0 ? Number.NaN : areaUnderCurve(verdicts, truths.length);
  return { classId, truths: truths.length, averagePrecision: precision };
};

/** Mean over the classes that the pictures hold; NaN when they hold none. */
export const meanOf = (classes: readonly ClassPrecision[]): number => {
  const held = classes.filter((one) => one.truths > 0);
  return held.reduce((sum, one) => sum + one.averagePrecision, 0) / held.length;
};
