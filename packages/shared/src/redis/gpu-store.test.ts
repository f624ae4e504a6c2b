import { expect, test } from 'vitest';
import { useRedis } from '../../../../tests/support/exchange.ts';
import { announcementTtlMs, keysOf } from '../contract/index.ts';
import { GpuStore } from './gpu-store.ts';

const world = useRedis();
const keys = keysOf('test');
const nowMs = 1_000_000;
const two = ['GPU-a', 'GPU-b'];
const store = () => new GpuStore(world.redis, keys);

test('workers spread over the GPUs, and more workers than GPUs share, the least taken first', async () => {
  const places: number[] = [];
  for (const worker of ['w1', 'w2', 'w3', 'w4', 'w5']) places.push(await store().lease(two, worker, nowMs));
  expect(places).toEqual([0, 1, 0, 1, 0]);
});

test('workers that start at the same moment never share a GPU while another is free', async () => {
  const eight = Array.from({ length: 8 }, (_, index) => `GPU-${index}`);
  const places = await Promise.all(eight.map((_, index) => store().lease(eight, `w${index}`, nowMs)));
  expect(places.toSorted((a, b) => a - b)).toEqual([0, 1, 2, 3, 4, 5, 6, 7]);
});

test('what a worker gave back is the first to be taken again', async () => {
  for (const worker of ['w1', 'w2', 'w3']) await store().lease(two, worker, nowMs);
  await store().release('GPU-a', 'w1');
  await store().release('GPU-a', 'w3');
  expect(await store().lease(two, 'w4', nowMs)).toBe(0);
});

test('a worker that died is forgotten when its lease is over, and one that renews is not', async () => {
  await store().lease(two, 'alive', nowMs);
  await store().lease(two, 'dead', nowMs);
  await store().renew('GPU-a', 'alive', nowMs + announcementTtlMs / 2);
  expect(await store().lease(two, 'next', nowMs + announcementTtlMs + 1)).toBe(1);
});

test('a worker that asks twice has one lease', async () => {
  await store().lease(two, 'w1', nowMs);
  expect(await store().lease(two, 'w1', nowMs)).toBe(0);
  expect(await store().lease(two, 'w2', nowMs)).toBe(1);
});

test('a renewal after Redis came back empty counts again, and nothing stays for ever', async () => {
  await store().lease(two, 'w1', nowMs);
  await world.redis.flushall();
  await store().renew('GPU-a', 'w1', nowMs);
  expect(await store().lease(two, 'w2', nowMs)).toBe(1);
  for (const gpu of two) expect(await world.redis.pttl(keys.gpu(gpu))).toBeGreaterThan(0);
});
