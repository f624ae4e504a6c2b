/**
 * What the score slider does. A request asks for everything down to a floor, so moving the slider is arithmetic on
 * what is already here. Greedy NMS goes from the best score down, so what is above any score is the same set as if the
 * server had been asked for that score.
 */
import type { Detection } from '../api/wire.ts';

/** Below this, detectors mostly return noise, and an answer of thousands of boxes costs more than it shows. */
const USUAL_FLOOR = 0.05;

/** Where the slider begins, and what a request asks for: 0 to 1. */
export function scoreFloor(modelDefault: number): number {
  return Math.min(USUAL_FLOOR, modelDefault);
}

/**
 * Keeps the order.
 * @param minScore 0 to 1, kept when equal
 */
export function atLeast(detections: readonly Detection[], minScore: number): readonly Detection[] {
  return detections.filter((detection) => detection.score >= minScore);
}

/** Keeps the order, and the very array where nothing is hidden. */
export function ofShownClasses(
  detections: readonly Detection[],
  hiddenLabels: ReadonlySet<string>,
): readonly Detection[] {
  return hiddenLabels.size === 0 ? detections : detections.filter(({ label }) => !hiddenLabels.has(label));
}

/** How many of each name, most first, then as first seen. */
export function countByLabel(detections: readonly Detection[]): readonly (readonly [string, number])[] {
  const counts = new Map<string, number>();
  for (const { label } of detections) counts.set(label, (counts.get(label) ?? 0) + 1);
  return [...counts].sort(([, left], [, right]) => right - left);
}
