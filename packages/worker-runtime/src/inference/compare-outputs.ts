/**
 * Whether a model gives a picture in a batch what it gives it alone: the numbers that come out, place by place, and where
 * those cannot or do not agree, what is detected. It runs nothing itself.
 */
import { decodeFloat16, iou } from '@shoal/vision';
import type { Detection, Tensor, Tensors } from '../adapter.ts';

/**
 * Other orders of summing and, on GPUs, shorter mantissas: far above what these do to a score or to a coordinate, far below what
 * another picture does.
 */
const absoluteTolerance = 0.005;
const relativeTolerance = 0.01;
const scoreTolerance = 0.02;
const overlapMin = 0.9;

export interface Difference {
  readonly output: string;
  readonly alone: number;
  readonly together: number;
}

/**
 * The difference that is furthest beyond the tolerance; undefined where all are within it. `alone` are the outputs of single
 * runs, by picture. 'incomparable' where the first axis of an output is not that of the pictures.
 */
export function differenceOf(
  together: Tensors,
  alone: readonly Tensors[],
): Difference | 'incomparable' | undefined {
  let worst: Difference | undefined;
  let worstExcess = 1;
  for (const [output, tensor] of Object.entries(together)) {
    const values = numbersOf(tensor);
    for (const [picture, outputs] of alone.entries()) {
      const single = outputs[output];
      const length = lengthOfPlace(tensor);
      if (single === undefined || length !== lengthOfPlace(single)) return 'incomparable';
      const [places = 0, placesAlone] = [tensor.dims[0], single.dims[0]];
      if (places < alone.length || (placesAlone !== 1 && placesAlone !== places)) return 'incomparable';
      const expected = numbersOf(single);
      for (let at = 0; at < length; at += 1) {
        const [x, y] = [values[picture * length + at]!, expected[at]!];
        const excess = Math.abs(x - y) / (absoluteTolerance + relativeTolerance * Math.abs(y));
        if (excess <= worstExcess || Object.is(x, y)) continue;
        // What is not a number on one side only lies beyond everything.
        worstExcess = Number.isNaN(excess) ? Infinity : excess;
        worst = { output, alone: y, together: x };
      }
    }
  }
  return worst;
}

/** Whether the same things were detected, in whatever order, and anything at all. */
export function areSameDetections(
  together: readonly (readonly Detection[])[],
  alone: readonly (readonly Detection[])[],
): boolean {
  return (
    alone.some((found) => found.length > 0) &&
    alone.every((found, picture) => areSame(found, together[picture] ?? []))
  );
}

function areSame(some: readonly Detection[], others: readonly Detection[]): boolean {
  return (
    some.length === others.length &&
    some.every(({ classId, score, box }) =>
      others.some(
        (other) =>
          other.classId === classId &&
          Math.abs(other.score - score) <= scoreTolerance &&
          iou(other.box, box) >= overlapMin,
      ),
    )
  );
}

function lengthOfPlace({ dims }: Tensor): number {
  return dims.slice(1).reduce((product, dim) => product * dim, 1);
}

function numbersOf({ type, data }: Tensor): ArrayLike<number> {
  if (type === 'float16') return decodeFloat16(data as Uint16Array);
  return data instanceof BigInt64Array ? Float64Array.from(data, Number) : data;
}
