/**
 * The order in which suppression looks at candidates. It decides nothing but the order, and makes it the same for the
 * same boxes in whatever order they come.
 */
import type { Candidates } from './non-max-suppression.ts';

/**
 * Indices by falling score; equal scores by class, then coordinates, each ascending with NaN last. Scores are numbers.
 * Sorted by digits of the scores as float32, four times 8 bits: for thousands of candidates a multiple faster than a
 * sort that calls a function for each comparison, which is left for scores that are equal in float32.
 */
export function orderBestFirst(candidates: Candidates): Uint32Array {
  const { count } = candidates;
  const keys = fallingKeys(candidates);
  let order = new Uint32Array(count);
  let next = new Uint32Array(count);
  for (let index = 0; index < count; index += 1) order[index] = index;
  for (let shift = 0; shift < 32; shift += 8) {
    const starts = new Uint32Array(257);
    for (let index = 0; index < count; index += 1) starts[((keys[index]! >>> shift) & 255) + 1]! += 1;
    for (let digit = 0; digit < 256; digit += 1) starts[digit + 1]! += starts[digit]!;
    for (let at = 0; at < count; at += 1) {
      const index = order[at]!;
      const digit = (keys[index]! >>> shift) & 255;
      next[starts[digit]!] = index;
      starts[digit]! += 1;
    }
    [order, next] = [next, order];
  }
  for (let from = 0, to = 1; from < count; from = to, to += 1) {
    while (to < count && keys[order[to]!] === keys[order[from]!]) to += 1;
    if (to - from > 1) order.subarray(from, to).sort((a, b) => compare(candidates, a, b));
  }
  return order;
}

/** Whole numbers that ascend where scores, rounded to float32, fall. */
function fallingKeys({ count, scores }: Candidates): Uint32Array {
  const rounded = new Float32Array(count);
  // Adding 0 makes one zero of the two.
  for (let index = 0; index < count; index += 1) rounded[index] = scores[index]! + 0;
  const keys = new Uint32Array(rounded.buffer);
  // The bits of floats ascend with their values where the sign is 0, and against them where it is 1.
  for (let index = 0; index < count; index += 1) {
    const bits = keys[index]!;
    keys[index] = bits >>> 31 === 1 ? bits : ~bits & 0x7fff_ffff;
  }
  return keys;
}

function compare({ xyxy, scores, classIds }: Candidates, a: number, b: number): number {
  let difference = scores[b]! - scores[a]! || classIds[a]! - classIds[b]!;
  for (let corner = 0; difference === 0 && corner < 4; corner += 1) {
    difference = compareCoordinates(xyxy[a * 4 + corner]!, xyxy[b * 4 + corner]!);
  }
  return difference;
}

function compareCoordinates(a: number, b: number): number {
  if (a < b) return -1;
  return a > b ? 1 : Number(Number.isNaN(a)) - Number(Number.isNaN(b));
}
