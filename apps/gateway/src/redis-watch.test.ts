import { connectProducer, readCondition, type Redis } from '@shoal/shared/redis';
import { afterEach, beforeEach, expect, onTestFinished, test, vi } from 'vitest';
import { useRedis } from '../../../tests/support/exchange.ts';
import { waitFor } from '../../../tests/support/wait-for.ts';
import { RedisWatch } from './redis-watch.ts';

const world = useRedis();
const unreachable = 'the queue cannot be reached';
let redis: Redis;
let nowMs: number;
let watch: RedisWatch;

beforeEach(async () => {
  redis = world.adopt(connectProducer(world.server.url, 500));
  await waitFor('the connection', () => redis.status === 'ready');
  nowMs = 1_000_000;
  watch = new RedisWatch(redis, () => nowMs);
});

afterEach(() => {
  watch.stop();
  redis.disconnect();
});

test('a Redis that was never asked is not there; one that answers is', async () => {
  expect(watch.unusableBecause).toBe(unreachable);
  await watch.refresh();
  expect(watch.unusableBecause).toBeUndefined();
  expect(watch.isNearlyFull).toBe(false);
});

test('one that has been silent for three seconds is not there, though its connection stands', async () => {
  await watch.refresh();
  await world.server.pause();
  try {
    await expect(watch.refresh()).rejects.toThrow(/timed out/);
  } finally {
    await world.server.resume();
  }
  expect(redis.status).toBe('ready');
  nowMs += 3_000;
  expect(watch.unusableBecause).toBeUndefined();
  nowMs += 1;
  expect(watch.unusableBecause).toBe(unreachable);
  await watch.refresh();
  expect(watch.unusableBecause).toBeUndefined();
});

test('one whose connection is lost is not there at once', async () => {
  await watch.refresh();
  redis.disconnect();
  await waitFor('the loss', () => redis.status !== 'ready');
  expect(watch.unusableBecause).toBe(unreachable);
});

test('a replica that takes no writes is of no use, and it is said why', async () => {
  await world.redis.replicaof('127.0.0.1', 1);
  onTestFinished(async () => void (await world.redis.replicaof('NO', 'ONE')));
  await watch.refresh();
  expect(watch.unusableBecause).toMatch(/takes no writes/);
  await world.redis.replicaof('NO', 'ONE');
  await watch.refresh();
  expect(watch.unusableBecause).toBeUndefined();
});

test('what is left of the memory beyond three quarters is for answers', async () => {
  onTestFinished(async () => void (await world.redis.config('SET', 'maxmemory', '0')));
  await world.redis.set('large', Buffer.alloc(8_000_000));
  const { usedBytes } = await readCondition(world.redis);
  for (const [maxBytes, isNearlyFull] of [
    [usedBytes / 0.8, true],
    [usedBytes / 0.7, false],
    [0, false],
  ] as const) {
    await world.redis.config('SET', 'maxmemory', String(Math.round(maxBytes)));
    await watch.refresh();
    expect(watch.isNearlyFull).toBe(isNearlyFull);
    expect(watch.unusableBecause).toBeUndefined();
  }
});

test('it is asked every second until it is stopped', async () => {
  vi.useFakeTimers({ toFake: ['setInterval', 'clearInterval'] });
  try {
    watch.start();
    expect(watch.unusableBecause).toBe(unreachable);
    vi.advanceTimersByTime(1_000);
    await waitFor('the answer', () => watch.unusableBecause === undefined);
    watch.stop();
    nowMs += 3_001;
    vi.advanceTimersByTime(10_000);
    await world.redis.ping();
    await new Promise((resolve) => setTimeout(resolve, 50));
    expect(watch.unusableBecause).toBe(unreachable);
  } finally {
    vi.useRealTimers();
  }
});
