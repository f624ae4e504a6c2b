import { expect, test } from 'vitest';
import { frameName, FRAMES_MAX, frameTimes, timeWords, usualIntervalS } from './frame-times.ts';

test('frames lie an interval apart, from the beginning, and none at the very end', () => {
  expect(frameTimes(3, 1)).toEqual([0, 1, 2]);
  expect(frameTimes(3.2, 1)).toEqual([0, 1, 2, 3]);
  expect(frameTimes(0.4, 1)).toEqual([0]);
  expect(frameTimes(1, 0.3)).toEqual([0, 0.3, 0.6, 0.9]);
});

test('a video without a length has a first frame, and a long one a limit', () => {
  expect(frameTimes(Number.NaN, 1)).toEqual([0]);
  expect(frameTimes(100_000, 0.1)).toHaveLength(FRAMES_MAX);
});

test('without a choice a video comes to a few dozen frames at most, and a short one to more than one a second', () => {
  expect(usualIntervalS(5)).toBe(0.5);
  for (const durationS of [20, 60, 300, 2_000]) {
    expect(frameTimes(durationS, usualIntervalS(durationS)).length).toBeLessThanOrEqual(40);
  }
});

test('times are written as players write them', () => {
  expect([0, 9.96, 62.5, 3_723].map(timeWords)).toEqual(['0:00', '0:10', '1:02.5', '1:02:03']);
});

test('a frame is named after its video and its moment', () => {
  expect(frameName('dive 1.mp4', 62.5, 'png')).toBe('dive 1_00-01-02.500.png');
});
