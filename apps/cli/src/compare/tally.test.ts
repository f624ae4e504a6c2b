import type { Detection } from '@shoal/client';
import { expect, test } from 'vitest';
import { matchDetections } from './match-detections.ts';
import { Tally } from './tally.ts';

const detection = (label: string, score: number, x1 = 0): Detection => ({
  label,
  classId: 0,
  score,
  box: { x1, y1: 0, x2: x1 + 10, y2: 10 },
});
const options = { overlapMin: 0.5, isAnyClass: true };

test('classes are summed over pictures, and those with the most differences come first', () => {
  const tally = new Tally();
  tally.add(matchDetections([detection('fish', 0.5)], [detection('fish', 0.75, 2)], options));
  tally.add(matchDetections([detection('fish', 0.5)], [detection('fish', 0.5)], options));
  tally.add(
    matchDetections(
      [detection('worm', 0.5)],
      [detection('crab', 0.5, 100), detection('crab', 0.5, 200)],
      options,
    ),
  );
  expect(tally.classes).toEqual([
    { label: 'crab', both: 0, onlyA: 0, onlyB: 2, meanOverlap: null, meanScoreDifference: null },
    { label: 'worm', both: 0, onlyA: 1, onlyB: 0, meanOverlap: null, meanScoreDifference: null },
    { label: 'fish', both: 2, onlyA: 0, onlyB: 0, meanOverlap: (2 / 3 + 1) / 2, meanScoreDifference: 0.125 },
  ]);
  expect(tally.total).toEqual({
    label: 'all',
    both: 2,
    onlyA: 1,
    onlyB: 2,
    meanOverlap: (2 / 3 + 1) / 2,
    meanScoreDifference: 0.125,
  });
});

test('what one side names otherwise is counted by both names', () => {
  const tally = new Tally();
  for (let picture = 0; picture < 3; picture += 1) {
    tally.add(matchDetections([detection('fish', 0.5)], [detection('eel', 0.5)], options));
  }
  tally.add(matchDetections([detection('eel', 0.5)], [detection('fish', 0.5)], options));
  expect(tally.renamings).toEqual([
    { a: 'fish', b: 'eel', count: 3 },
    { a: 'eel', b: 'fish', count: 1 },
  ]);
});
