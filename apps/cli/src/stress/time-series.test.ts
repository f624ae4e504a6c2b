import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { TimeSeries } from './time-series.ts';

describe('the course of a run', () => {
  test('is told by the second, with those in which nothing happened', () => {
    const series = new TimeSeries();
    series.succeeded(100, 40);
    series.succeeded(200, 60);
    series.succeeded(999, 50);
    series.failed(3_100);
    series.succeeded(3_900, 10);
    expect(series.intervals(4_000)).toEqual([
      { s: 0, perS: 3, p50Ms: expect.closeTo(50, 0) as number, failed: 0 },
      { s: 1, perS: 0, p50Ms: null, failed: 0 },
      { s: 2, perS: 0, p50Ms: null, failed: 0 },
      { s: 3, perS: 1, p50Ms: expect.closeTo(10, 0) as number, failed: 1 },
    ]);
  });

  test('the last interval counts by its own length, and a short one with its neighbour', () => {
    const series = new TimeSeries();
    for (let ms = 0; ms < 1_800; ms += 100) series.succeeded(ms, 1);
    expect(series.intervals(1_800).map(({ s, perS }) => [s, perS])).toEqual([
      [0, 10],
      [1, 10],
    ]);
    for (let ms = 1_800; ms < 2_400; ms += 100) series.succeeded(ms, 1);
    expect(series.intervals(2_400).map(({ s, perS }) => [s, perS])).toEqual([
      [0, 10],
      [1, 10],
    ]);
  });

  test('a run of a day has no more intervals than one of an hour, and loses nothing', () => {
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 0, max: 600 }), { minLength: 1, maxLength: 200 }), (gaps) => {
        const series = new TimeSeries();
        let atMs = 0;
        for (const [index, gapS] of gaps.entries()) {
          atMs += 1000 * gapS;
          if (index % 3 === 0) series.failed(atMs);
          else series.succeeded(atMs, 20);
        }
        const endMs = atMs + 500;
        const intervals = series.intervals(endMs);
        const lengthS = (intervals[1]?.s ?? 0) - intervals[0]!.s;
        const succeeded = intervals.reduce((sum, { s, perS }, index) => {
          const last = index === intervals.length - 1;
          return sum + perS * (last ? endMs / 1000 - s : lengthS);
        }, 0);
        expect(intervals.length).toBeLessThanOrEqual(1_200);
        expect(intervals.reduce((sum, { failed }) => sum + failed, 0)).toBe(Math.ceil(gaps.length / 3));
        expect(Math.round(succeeded)).toBe(gaps.length - Math.ceil(gaps.length / 3));
        expect(intervals.filter(({ p50Ms }) => p50Ms !== null && Math.round(p50Ms) !== 20)).toEqual([]);
      }),
      { numRuns: 30 },
    );
  });
});
