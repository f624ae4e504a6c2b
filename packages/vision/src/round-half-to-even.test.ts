import { expect, test } from 'vitest';
import { roundHalfToEven } from './round-half-to-even.ts';

test.each([
  [0.5, 0],
  [1.5, 2],
  [2.5, 2],
  [2.4, 2],
  [2.6, 3],
  [-0.5, 0],
  [-1.5, -2],
  [7, 7],
])('%d is rounded to %d, as by Python', (value, expected) => {
  expect(roundHalfToEven(value)).toBe(expected);
});
