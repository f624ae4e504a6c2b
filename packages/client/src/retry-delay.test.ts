import fc from 'fast-check';
import { expect, test } from 'vitest';
import { readRetryAfterMs, retryDelayMs } from './retry-delay.ts';

const backoff = { first: 500, max: 10_000 };
const share = fc.double({ min: 0, max: 1, noNaN: true });

test('pauses may be twice as long each time, up to the longest, and may be as short as nothing', () => {
  const longest = [1, 2, 3, 4, 5, 6, 7].map((failures) =>
    retryDelayMs(failures, undefined, backoff, () => 1),
  );
  expect(longest).toEqual([500, 1_000, 2_000, 4_000, 8_000, 10_000, 10_000]);
  expect(retryDelayMs(5, undefined, backoff, () => 0)).toBe(0);
  expect(retryDelayMs(5_000, undefined, backoff, () => 1)).toBe(10_000);
});

test('a pause is never shorter than what the server asked for, and not much longer', () => {
  fc.assert(
    fc.property(
      fc.integer({ min: 1, max: 50 }),
      fc.nat({ max: 3_600_000 }),
      share,
      (failures, afterMs, part) => {
        const delayMs = retryDelayMs(failures, afterMs, backoff, () => part);
        expect(delayMs).toBeGreaterThanOrEqual(afterMs);
        expect(delayMs).toBeLessThanOrEqual(Math.max(backoff.max, afterMs + 1_000));
      },
    ),
  );
});

test('those who were told the same do not come at the same time', () => {
  const delays = [0, 0.25, 0.5, 1].map((part) => retryDelayMs(1, 60_000, backoff, () => part));
  expect(new Set(delays).size).toBe(4);
});

const nowMs = Date.UTC(2026, 10, 20, 20, 0, 0);

test.each([
  ['3', 3_000],
  [' 0 ', 0],
  ['1.5', 1_500],
  ['Fri, 20 Nov 2026 20:00:05 GMT', 5_000],
  ['Fri, 20 Nov 2026 19:00:00 GMT', 0],
  [null, undefined],
  ['', undefined],
  ['-5', undefined],
  ['soon', undefined],
  ['12345678901234567890', undefined],
])('Retry-After %j is %j ms', (header, expected) => {
  expect(readRetryAfterMs(header, nowMs)).toBe(expected);
});
