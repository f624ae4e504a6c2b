/**
 * Greedy non-maximum suppression over typed arrays: thousands of candidates come in, one box an object goes out.
 * It decides by score and overlap alone; thresholds on scores and classes are the caller's.
 */

/** Candidates as parallel arrays: box `i` is `xyxy[4 * i .. 4 * i + 3]`, in any one space. */
export interface Candidates {
  readonly count: number;
  readonly xyxy: Float32Array | Float64Array;
  readonly scores: Float32Array | Float64Array;
  readonly classIds: Int32Array;
}

export interface SuppressionOptions {
  /** A box goes when its IoU with a better survivor is greater than this. */
  readonly iou: number;
  readonly maxDetections: number;
  /** True: boxes of different classes suppress one another as well. */
  readonly classAgnostic: boolean;
}

/** More candidates than this are cut off at the lowest scores: `max_nms` of YOLOv5's non_max_suppression. */
export const candidatesMax = 30_000;

/**
 * Indices of the survivors, best score first. Equal scores are ordered by class and coordinates, so the same boxes
 * survive in whatever order they come. As torchvision's `nms`, and for classes apart its `batched_nms`: a candidate is
 * compared with the survivors of its class only, at most `maxDetections` of them, and the walk ends when that many
 * are found.
 */
export function nonMaxSuppression(candidates: Candidates, options: SuppressionOptions): readonly number[] {
  const { xyxy, classIds } = candidates;
  const survivors: number[] = [];
  const ofClass = new Map<number, Survivors>();
  for (const index of bestFirst(candidates)) {
    if (survivors.length >= options.maxDetections) break;
    const bucket = options.classAgnostic ? 0 : classIds[index]!;
    let kept = ofClass.get(bucket);
    if (kept === undefined) ofClass.set(bucket, (kept = newSurvivors()));
    if (isSuppressed(xyxy, index * 4, kept, options.iou)) continue;
    addSurvivor(kept, xyxy, index * 4);
    survivors.push(index);
  }
  return survivors;
}

/** Boxes of one class that stay, side by side with their areas: the inner loop reads nothing else. */
interface Survivors {
  values: Float64Array;
  count: number;
}

const fields = 5;

function newSurvivors(): Survivors {
  return { values: new Float64Array(fields * 16), count: 0 };
}

function addSurvivor(kept: Survivors, xyxy: Candidates['xyxy'], at: number): void {
  if ((kept.count + 1) * fields > kept.values.length) {
    const grown = new Float64Array(kept.values.length * 2);
    grown.set(kept.values);
    kept.values = grown;
  }
  const to = kept.count * fields;
  for (let corner = 0; corner < 4; corner += 1) kept.values[to + corner] = xyxy[at + corner]!;
  kept.values[to + 4] = (xyxy[at + 2]! - xyxy[at]!) * (xyxy[at + 3]! - xyxy[at + 1]!);
  kept.count += 1;
}

function isSuppressed(xyxy: Candidates['xyxy'], at: number, kept: Survivors, threshold: number): boolean {
  const { values } = kept;
  const x1 = xyxy[at]!;
  const y1 = xyxy[at + 1]!;
  const x2 = xyxy[at + 2]!;
  const y2 = xyxy[at + 3]!;
  const area = (x2 - x1) * (y2 - y1);
  for (let other = 0, end = kept.count * fields; other < end; other += fields) {
    const width = Math.min(x2, values[other + 2]!) - Math.max(x1, values[other]!);
    if (width <= 0) continue;
    const height = Math.min(y2, values[other + 3]!) - Math.max(y1, values[other + 1]!);
    if (height <= 0) continue;
    const intersection = width * height;
    if (intersection / (area + values[other + 4]! - intersection) > threshold) return true;
  }
  return false;
}

function bestFirst({ count, xyxy, scores, classIds }: Candidates): readonly number[] {
  const order = Array.from({ length: count }, (_, index) => index);
  order.sort((a, b) => {
    let difference = scores[b]! - scores[a]! || classIds[a]! - classIds[b]!;
    for (let corner = 0; difference === 0 && corner < 4; corner += 1) {
      difference = xyxy[a * 4 + corner]! - xyxy[b * 4 + corner]!;
    }
    return difference;
  });
  return order.length > candidatesMax ? order.slice(0, candidatesMax) : order;
}
