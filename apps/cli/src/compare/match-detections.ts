/** Which detections of two lists are the same thing. Pure: it knows boxes and names, and nothing of where they come from. */
import type { Detection } from '@shoal/client';
import { iou } from '@shoal/vision';

export interface MatchOptions {
  /** IoU from which on two boxes are the same thing, 0 to 1. */
  readonly overlapMin: number;
  readonly isAnyClass: boolean;
}

export interface Pair {
  readonly a: Detection;
  readonly b: Detection;
  /** IoU of the two boxes. */
  readonly overlap: number;
}

export interface Matching {
  /** Best overlap first. */
  readonly both: readonly Pair[];
  readonly onlyA: readonly Detection[];
  readonly onlyB: readonly Detection[];
}

/**
 * Greedy: of all pairs that overlap enough the best is taken, then the best of those that are left, until none is. Equal
 * overlaps go by the sum of the scores. What has no partner keeps its place in its list.
 */
export function matchDetections(
  a: readonly Detection[],
  b: readonly Detection[],
  { overlapMin, isAnyClass }: MatchOptions,
): Matching {
  const pairs = a.flatMap((left) =>
    b
      .filter(({ label }) => isAnyClass || label === left.label)
      .map((right): Pair => ({ a: left, b: right, overlap: iou(left.box, right.box) }))
      // Boxes that do not touch are two things, whatever was asked for.
      .filter(({ overlap }) => overlap > 0 && overlap >= overlapMin),
  );
  pairs.sort((one, other) => other.overlap - one.overlap || scoreOf(other) - scoreOf(one));
  const taken = new Set<Detection>();
  const both = pairs.filter((pair) => {
    if (taken.has(pair.a) || taken.has(pair.b)) return false;
    taken.add(pair.a).add(pair.b);
    return true;
  });
  return {
    both,
    onlyA: a.filter((detection) => !taken.has(detection)),
    onlyB: b.filter((detection) => !taken.has(detection)),
  };
}

const scoreOf = ({ a, b }: Pair): number => a.score + b.score;

/**
 * How much two answers to a picture disagree, 0 for the same boxes and scores: a thing that only one has counts its score, a
 * pair the mean of what its boxes do not share (1 - IoU) and of the difference of its scores; a pair of two classes counts the
 * lower score on top.
 */
export function disagreementOf({ both, onlyA, onlyB }: Matching): number {
  const alone = [...onlyA, ...onlyB].reduce((sum, { score }) => sum + score, 0);
  return both.reduce((sum, { a, b, overlap }) => {
    const renamed = a.label === b.label ? 0 : Math.min(a.score, b.score);
    return sum + renamed + (1 - overlap + Math.abs(a.score - b.score)) / 2;
  }, alone);
}
