import { expect, test } from 'vitest';
import { stepNames } from './join-events.ts';
import { spreadOf, sumUp } from './sum-up.ts';

const budgetOf = (stepMs: number) => {
  const stepsMs = stepNames.map(() => stepMs);
  return { id: 'a', stepsMs, totalMs: stepMs * stepNames.length };
};

test('where requests are alike, the steps account for all of the time', () => {
  const { steps, total, sumMs, unaccountedMs } = sumUp([budgetOf(2), budgetOf(4), budgetOf(6)]);
  expect(total.medianMs).toBe(4 * stepNames.length);
  expect(sumMs).toBeCloseTo(total.medianMs, 9);
  expect(unaccountedMs).toBeCloseTo(0, 9);
  expect(steps.map(({ name }) => name)).toEqual(stepNames);
  expect(steps[0]).toMatchObject({ medianMs: 4, meanMs: 4, share: 1 / stepNames.length });
});

test('what is in none of the steps is not accounted for', () => {
  const { unaccountedMs } = sumUp([{ ...budgetOf(2), totalMs: 2 * stepNames.length + 5 }]);
  expect(unaccountedMs).toBeCloseTo(5, 9);
});

test('the middle and the slow end of a hundred values', () => {
  const spread = spreadOf(Array.from({ length: 101 }, (_, at) => 100 - at));
  expect(spread).toEqual({ medianMs: 50, p95Ms: 95, meanMs: 50 });
});

test('the middle of two values lies between them', () => {
  expect(spreadOf([4, 1]).medianMs).toBe(2.5);
});
