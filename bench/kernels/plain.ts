/**
 * The arithmetic of a worker written down plainly: one loop, one object a candidate, every candidate against every
 * survivor. What the worker's own kernels are measured against, and must give the same results as.
 */
import type { Candidates, Geometry, RgbImage, SuppressionOptions } from '../../packages/vision/src/index.ts';
import { fromFloat16Bits, hasArea, toImageBox } from '../../packages/vision/src/index.ts';

interface Found {
  readonly classId: number;
  readonly score: number;
  readonly box: { readonly x1: number; readonly y1: number; readonly x2: number; readonly y2: number };
}

export interface PlainOutput {
  readonly layout: 'rows' | 'columns';
  readonly data: Float32Array | Uint16Array;
  /** The two inner axes. */
  readonly first: number;
  readonly second: number;
}

export type PlainOptions = SuppressionOptions & { readonly minScore: number };

/** Pictures of one size to planes, each value through a table of 256. */
export function packPlainly<T extends Float32Array | Uint16Array>(images: readonly RgbImage[], table: T): T {
  const plane = images[0]!.width * images[0]!.height;
  const target = new (table.constructor as new (length: number) => T)(images.length * 3 * plane);
  for (const [index, { data }] of images.entries()) {
    const red = index * 3 * plane;
    const green = red + plane;
    const blue = green + plane;
    for (let pixel = 0, at = 0; pixel < plane; pixel += 1, at += 3) {
      target[red + pixel] = table[data[at]!]!;
      target[green + pixel] = table[data[at + 1]!]!;
      target[blue + pixel] = table[data[at + 2]!]!;
    }
  }
  return target;
}

export function unpackPlainly(output: PlainOutput, options: PlainOptions, geometry: Geometry): Found[] {
  const values = output.data instanceof Uint16Array ? decode(output.data) : output.data;
  const read = output.layout === 'rows' ? readRows : readColumns;
  const found = read(values, output.first, output.second, options.minScore);
  const candidates: Candidates = {
    count: found.length,
    xyxy: Float64Array.from(found.flatMap(({ box }) => [box.x1, box.y1, box.x2, box.y2])),
    scores: Float64Array.from(found, ({ score }) => score),
    classIds: Int32Array.from(found, ({ classId }) => classId),
  };
  return suppressPlainly(candidates, options)
    .map((index) => found[index]!)
    .map(({ classId, score, box }) => ({ classId, score, box: toImageBox(box, geometry) }))
    .filter(({ box }) => hasArea(box));
}

let halves: Float32Array | undefined;

function decode(bits: Uint16Array): Float32Array {
  halves ??= Float32Array.from({ length: 0x1_0000 }, (_, half) => fromFloat16Bits(half));
  const values = new Float32Array(bits.length);
  for (let index = 0; index < bits.length; index += 1) values[index] = halves[bits[index]!]!;
  return values;
}

function readRows(values: Float32Array, anchors: number, columns: number, minScore: number): Found[] {
  const found: Found[] = [];
  for (let at = 0; at < anchors * columns; at += columns) {
    const objectness = values[at + 4]!;
    if (!(objectness >= minScore)) continue;
    let best = at + 5;
    for (let column = at + 6; column < at + columns; column += 1) {
      if (values[column]! > values[best]!) best = column;
    }
    const score = objectness * values[best]!;
    if (!(score >= minScore)) continue;
    const box = fromCentre(values[at]!, values[at + 1]!, values[at + 2]!, values[at + 3]!);
    found.push({ classId: best - at - 5, score: Math.min(score, 1), box });
  }
  return found;
}

function readColumns(values: Float32Array, columns: number, anchors: number, minScore: number): Found[] {
  const scores = values.slice(4 * anchors, 5 * anchors);
  const classes = new Int32Array(anchors);
  for (let classId = 1; classId < columns - 4; classId += 1) {
    const row = (4 + classId) * anchors;
    for (let anchor = 0; anchor < anchors; anchor += 1) {
      const score = values[row + anchor]!;
      if (score > scores[anchor]!) {
        scores[anchor] = score;
        classes[anchor] = classId;
      }
    }
  }
  const found: Found[] = [];
  for (let anchor = 0; anchor < anchors; anchor += 1) {
    const score = scores[anchor]!;
    if (!(score >= minScore)) continue;
    const [x, y, width, height] = [0, 1, 2, 3].map((row) => values[row * anchors + anchor]!);
    const box = fromCentre(x!, y!, width!, height!);
    found.push({ classId: classes[anchor]!, score: Math.min(score, 1), box });
  }
  return found;
}

function fromCentre(x: number, y: number, width: number, height: number): Found['box'] {
  return { x1: x - width / 2, y1: y - height / 2, x2: x + width / 2, y2: y + height / 2 };
}

/** Greedy suppression, best first; what remains of a class lies side by side with its areas. */
export function suppressPlainly(candidates: Candidates, options: SuppressionOptions): number[] {
  const { xyxy, classIds } = candidates;
  const survivors: number[] = [];
  const keptByClass = new Map<number, number[]>();
  for (const index of sortPlainly(candidates).slice(0, 30_000)) {
    if (survivors.length >= options.maxDetections) break;
    const bucket = options.classAgnostic ? 0 : classIds[index]!;
    const kept = keptByClass.get(bucket) ?? [];
    keptByClass.set(bucket, kept);
    if (isSuppressed(xyxy, index * 4, kept, options.iou)) continue;
    kept.push(...xyxy.subarray(index * 4, index * 4 + 4));
    survivors.push(index);
  }
  return survivors;
}

function isSuppressed(xyxy: Candidates['xyxy'], at: number, kept: number[], threshold: number): boolean {
  const [x1, y1, x2, y2] = [xyxy[at]!, xyxy[at + 1]!, xyxy[at + 2]!, xyxy[at + 3]!];
  const area = (x2 - x1) * (y2 - y1);
  for (let other = 0; other < kept.length; other += 4) {
    const width = Math.min(x2, kept[other + 2]!) - Math.max(x1, kept[other]!);
    const height = Math.min(y2, kept[other + 3]!) - Math.max(y1, kept[other + 1]!);
    if (!(width > 0 && height > 0)) continue;
    const otherArea = (kept[other + 2]! - kept[other]!) * (kept[other + 3]! - kept[other + 1]!);
    const intersection = width * height;
    if (intersection / (area + otherArea - intersection) > threshold) return true;
  }
  return false;
}

function sortPlainly({ count, xyxy, scores, classIds }: Candidates): number[] {
  const order = Array.from({ length: count }, (_, index) => index);
  return order.sort((a, b) => {
    let difference = scores[b]! - scores[a]! || classIds[a]! - classIds[b]!;
    for (let corner = 0; difference === 0 && corner < 4; corner += 1) {
      difference = xyxy[a * 4 + corner]! - xyxy[b * 4 + corner]!;
    }
    return difference;
  });
}
