import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import type { Detection } from '../api/wire.ts';
import { atLeast, countByLabel, ofShownClasses, scoreFloor } from './minimum-score.ts';

const found = (label: string, score: number): Detection => ({
  label,
  score,
  box: { x1: 0, y1: 0, x2: 1, y2: 1 },
});

test('a detection exactly at the minimum score stays', () => {
  const detections = [found('a', 0.9), found('b', 0.5), found('c', 0.49)];
  expect(atLeast(detections, 0.5).map(({ label }) => label)).toEqual(['a', 'b']);
});

test('raising the minimum only takes away, and never reorders', () => {
  const score = fc.double({ min: 0, max: 1, noNaN: true });
  fc.assert(
    fc.property(fc.array(score), score, score, (scores, one, other) => {
      const detections = scores.map((value, index) => found(String(index), value));
      const low = atLeast(detections, Math.min(one, other));
      const high = atLeast(detections, Math.max(one, other));
      expect(low.filter((detection) => high.includes(detection))).toEqual(high);
    }),
  );
});

test('the request asks for more than the model shows by default, so that the slider has something to reveal', () => {
  expect(scoreFloor(0.25)).toBeLessThan(0.25);
});

test('a model whose default is very low keeps its own default as the floor', () => {
  expect(scoreFloor(0.01)).toBe(0.01);
});

test('names are counted, the most frequent first', () => {
  const detections = [found('crab', 0.9), found('eel', 0.8), found('eel', 0.7)];
  expect(countByLabel(detections)).toEqual([
    ['eel', 2],
    ['crab', 1],
  ]);
});

test('a hidden class is left out and the rest keeps its order; nothing hidden is the very same list', () => {
  const detections = [found('crab', 0.9), found('eel', 0.8), found('crab', 0.7)];
  expect(ofShownClasses(detections, new Set(['eel']))).toEqual([detections[0], detections[2]]);
  expect(ofShownClasses(detections, new Set())).toBe(detections);
});
