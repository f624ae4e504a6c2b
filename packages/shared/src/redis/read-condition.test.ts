import { expect, test } from 'vitest';
import { useRedis } from '../../../../tests/support/exchange.ts';
import { readCondition } from './read-condition.ts';

const world = useRedis();

test('what Redis uses grows with what it holds, and what it may use is what it was told', async () => {
  const before = await readCondition(world.redis);
  await world.redis.set('large', Buffer.alloc(4_000_000));
  const { usedBytes, maxBytes } = await readCondition(world.redis);
  expect(usedBytes - before.usedBytes).toBeGreaterThan(3_500_000);
  expect(maxBytes).toBe(256 * 1024 * 1024);
  await world.redis.config('SET', 'maxmemory', '0');
  expect((await readCondition(world.redis)).maxBytes).toBe(0);
});

test('a replica is told from a Redis that takes writes', async () => {
  expect((await readCondition(world.redis)).isReadOnly).toBe(false);
  await world.redis.replicaof('127.0.0.1', 1);
  try {
    expect((await readCondition(world.redis)).isReadOnly).toBe(true);
    await world.redis.config('SET', 'replica-read-only', 'no');
    expect((await readCondition(world.redis)).isReadOnly).toBe(false);
  } finally {
    await world.redis.config('SET', 'replica-read-only', 'yes');
    await world.redis.replicaof('NO', 'ONE');
  }
});
