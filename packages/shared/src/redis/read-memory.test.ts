import { expect, test } from 'vitest';
import { useRedis } from '../../../../tests/support/exchange.ts';
import { readMemory } from './read-memory.ts';

const world = useRedis();

test('what Redis uses grows with what it holds, and what it may use is what it was told', async () => {
  const before = await readMemory(world.redis);
  await world.redis.set('large', Buffer.alloc(4_000_000));
  const { usedBytes, maxBytes } = await readMemory(world.redis);
  expect(usedBytes - before.usedBytes).toBeGreaterThan(3_500_000);
  expect(maxBytes).toBe(256 * 1024 * 1024);
  await world.redis.config('SET', 'maxmemory', '0');
  expect((await readMemory(world.redis)).maxBytes).toBe(0);
});
