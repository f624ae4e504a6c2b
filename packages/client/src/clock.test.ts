import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { systemClock } from './clock.ts';

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

test('a pause ends when it is over, also one that is longer than a timer can be', async () => {
  const ended: string[] = [];
  void systemClock.sleep(1_000).then(() => ended.push('short'));
  void systemClock.sleep(2 ** 40).then(() => ended.push('long'));
  await vi.advanceTimersByTimeAsync(999);
  expect(ended).toEqual([]);
  await vi.advanceTimersByTimeAsync(1);
  expect(ended).toEqual(['short']);
});

test('an abort ends a pause and leaves no timer behind that would keep a process', async () => {
  const leaving = new AbortController();
  const pause = systemClock.sleep(1_000, leaving.signal);
  leaving.abort('enough');
  await expect(pause).rejects.toMatchObject({ name: 'AbortError', message: 'enough' });
  expect(vi.getTimerCount()).toBe(0);
  await expect(systemClock.sleep(1_000, leaving.signal)).rejects.toThrow('enough');
  expect(vi.getTimerCount()).toBe(0);
});
