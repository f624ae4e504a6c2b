import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { LatencyHistogram } from './latency-histogram.ts';

function histogramOf(values: readonly number[]): LatencyHistogram {
  const histogram = new LatencyHistogram();
  for (const value of values) histogram.record(value);
  return histogram;
}

/** In milliseconds, from a microsecond to an hour, as many short as long ones. */
const latency = fc.double({ min: -3, max: Math.log10(3_600_000), noNaN: true }).map((power) => 10 ** power);
const latencies = fc.array(latency, { minLength: 1, maxLength: 300 });

/** Three digits, and the microsecond that it counts in. */
const isAbout = (value: number, expected: number): boolean =>
  Math.abs(value - expected) <= 0.002 * expected + 0.001;

describe('a histogram of latencies', () => {
  test('its percentiles are those of the sorted list, to three digits', () => {
    fc.assert(
      fc.property(latencies, fc.constantFrom(1, 25, 50, 90, 95, 99, 99.9, 100), (values, percent) => {
        const sorted = values.toSorted((a, b) => a - b);
        const rank = Math.max(1, Math.floor((percent / 100) * values.length + 0.5));
        const found = histogramOf(values).percentile(percent);
        expect(isAbout(found, sorted[rank - 1]!)).toBe(true);
      }),
    );
  });

  test('least, mean and greatest are those of the list', () => {
    fc.assert(
      fc.property(latencies, (values) => {
        const { min, mean, max, p50, p90, p95, p99 } = histogramOf(values).percentiles()!;
        const expected = values.reduce((sum, value) => sum + value, 0) / values.length;
        const inOrder = [min, p50, p90, p95, p99, max];
        expect(isAbout(min, Math.min(...values))).toBe(true);
        expect(isAbout(max, Math.max(...values))).toBe(true);
        expect(isAbout(mean, expected)).toBe(true);
        expect(inOrder).toEqual(inOrder.toSorted((a, b) => a - b));
      }),
    );
  });

  test('its buckets hold each value once, and join without a gap', () => {
    fc.assert(
      fc.property(latencies, fc.integer({ min: 1, max: 20 }), (values, bucketsMax) => {
        const buckets = histogramOf(values).buckets(bucketsMax);
        expect(buckets.length).toBeGreaterThan(0);
        expect(buckets.length).toBeLessThanOrEqual(bucketsMax);
        expect(buckets.reduce((sum, { count }) => sum + count, 0)).toBe(values.length);
        expect(buckets.slice(1).map(({ fromMs }) => fromMs)).toEqual(
          buckets.slice(0, -1).map(({ toMs }) => toMs),
        );
        expect(buckets.filter(({ fromMs, toMs, count }) => toMs <= fromMs || count < 0)).toEqual([]);
      }),
    );
  });

  test('a value lies in the bucket that is called after it', () => {
    const buckets = histogramOf([10, 10, 20, 30, 30, 30]).buckets(10);
    const countAt = (ms: number) => buckets.find(({ fromMs, toMs }) => ms >= fromMs && ms < toMs)?.count;
    expect([10, 20, 30].map(countAt)).toEqual([2, 1, 3]);
  });

  test('one that took a thousand times as long does not press all others into one bucket', () => {
    const values = Array.from({ length: 1000 }, (_, index) => 10 + index / 50);
    const filled = histogramOf([...values, 30_000])
      .buckets(16)
      .filter(({ count }) => count > 0);
    expect(filled.length).toBeGreaterThan(2);
  });

  test('without a value there is nothing to tell', () => {
    expect(histogramOf([]).percentiles()).toBeNull();
    expect(histogramOf([]).buckets(10)).toEqual([]);
  });

  test('what is outside of its range is counted at the nearer end', () => {
    const histogram = histogramOf([0, -1, 1e9]);
    expect(histogram.count).toBe(3);
    expect(histogram.percentiles()).toMatchObject({ min: 0.001 });
    expect(histogram.buckets(4).reduce((sum, { count }) => sum + count, 0)).toBe(3);
  });

  test('after it was cleared it begins anew', () => {
    const histogram = histogramOf([5, 6]);
    histogram.clear();
    histogram.record(7);
    expect(histogram.percentiles()).toMatchObject({ min: 7, max: expect.closeTo(7, 1) as number });
  });
});
