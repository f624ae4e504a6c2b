import { describe, expect, test } from 'vitest';
import { poissonArrivals } from './arrivals.ts';

function take(count: number, perS: number, seed: number): number[] {
  const arrivals = poissonArrivals(perS, seed);
  return Array.from({ length: count }, () => arrivals.next().value as number);
}

const gapsOf = (times: readonly number[]): number[] =>
  times.map((time, index) => time - (times[index - 1] ?? 0));

const meanOf = (values: readonly number[]): number =>
  values.reduce((sum, value) => sum + value, 0) / values.length;

describe('Poisson arrivals', () => {
  test('the same seed gives the same times, another one others', () => {
    expect(take(50, 10, 7)).toEqual(take(50, 10, 7));
    expect(take(50, 10, 7)).not.toEqual(take(50, 10, 8));
  });

  test('they never go back', () => {
    expect(Math.min(...gapsOf(take(10_000, 100, 1)))).toBeGreaterThanOrEqual(0);
  });

  test.each([0.5, 20, 4_000])('at %f a second, so many come a second', (perS) => {
    const times = take(20_000, perS, 3);
    expect((1000 * times.length) / times.at(-1)! / perS).toBeCloseTo(1, 1);
  });

  test('gaps are exponential: as spread as they are long, and 1/e of them longer than the mean', () => {
    const gaps = gapsOf(take(20_000, 50, 5));
    const mean = meanOf(gaps);
    const deviation = Math.sqrt(meanOf(gaps.map((gap) => (gap - mean) ** 2)));
    expect(deviation / mean).toBeCloseTo(1, 1);
    expect(gaps.filter((gap) => gap > mean).length / gaps.length).toBeCloseTo(Math.exp(-1), 1);
  });

  test('a gap says nothing of the next one', () => {
    const gaps = gapsOf(take(20_000, 50, 9));
    const mean = meanOf(gaps);
    const products = gaps.slice(1).map((gap, index) => (gap - mean) * (gaps[index]! - mean));
    expect(meanOf(products) / mean ** 2).toBeCloseTo(0, 1);
  });
});
