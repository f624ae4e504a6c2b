import { expect, test } from 'vitest';
import { timingSteps } from './timing-steps.ts';

test('the steps keep their order, and what they leave of the total is a step of its own', () => {
  expect(timingSteps({ queueMs: 2, inferMs: 6, totalMs: 10 })).toEqual([
    { name: 'queue', ms: 2, start: 0, share: 0.2 },
    { name: 'infer', ms: 6, start: 0.2, share: 0.6 },
    { name: 'other', ms: 2, start: 0.8, share: 0.2 },
  ]);
});

test('steps that overlap, and so add up to more than the total, still fill one bar', () => {
  const steps = timingSteps({ decodeMs: 6, inferMs: 6, totalMs: 10 });
  expect(steps.map(({ share }) => share)).toEqual([0.5, 0.5]);
  expect(steps.map(({ start }) => start)).toEqual([0, 0.5]);
});

test('an answer without timings has no bar', () => {
  expect(timingSteps({})).toEqual([]);
});
