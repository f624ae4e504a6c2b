import { describe, expect, test } from 'vitest';
import type { Snapshot } from './run-stress.ts';
import { describeProgress, shareOf } from './describe-progress.ts';

const now: Snapshot = {
  isWarmup: false,
  elapsedS: 10,
  sent: 250,
  failed: 3,
  p50Ms: 31.26,
  total: 1_000,
  seconds: undefined,
};

describe('progress', () => {
  test('of a number of requests is told by what is sent', () => {
    expect(shareOf(now)).toBe(0.25);
    expect(describeProgress(now)).toBe('250 of 1000 · 25.0/s · p50 31.3 ms · 3 failed · 30 s left');
  });

  test('of a time is told by the clock', () => {
    const timed = { ...now, total: undefined, seconds: 4_000 };
    expect(shareOf(timed)).toBe(0.0025);
    expect(describeProgress(timed)).toBe('250 · 25.0/s · p50 31.3 ms · 3 failed · 1 h 7 min left');
  });

  test('of a folder that is not counted yet has no end', () => {
    const unknown = { ...now, total: undefined };
    expect(shareOf(unknown)).toBe(0);
    expect(describeProgress(unknown)).toBe('250 · 25.0/s · p50 31.3 ms · 3 failed');
  });

  test('in the first moment and in the warm-up nothing is made up', () => {
    expect(describeProgress({ ...now, isWarmup: true })).toBe('warming up');
    const first = { ...now, elapsedS: 0, sent: 0, failed: 0, p50Ms: null };
    expect(describeProgress(first)).toBe('0 of 1000 · 0.0/s · 0 failed');
  });
});
