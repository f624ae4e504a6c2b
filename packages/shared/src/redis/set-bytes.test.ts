import { once } from 'node:events';
import { randomBytes, randomUUID } from 'node:crypto';
import { expect, test } from 'vitest';
import { useRedis } from '../../../../tests/support/exchange.ts';
import { connectProducer } from './connect.ts';
import { lengthOf, setBytes } from './set-bytes.ts';

const world = useRedis();
const newKey = () => `{test}:üpload:${randomUUID()}`;

test.each([0, 1, 100_000, 5_000_000])(
  '%i bytes arrive as they are, for as long as was said',
  async (size) => {
    const key = newKey();
    const bytes = randomBytes(size);
    await setBytes(world.redis, key, bytes, 60_000);
    // An assertion on the buffers themselves would look at every byte of a difference.
    expect((await world.redis.getBuffer(key))?.equals(bytes)).toBe(true);
    const ttlMs = await world.redis.pttl(key);
    expect(ttlMs).toBeGreaterThan(55_000);
    expect(ttlMs).toBeLessThanOrEqual(60_000);
  },
);

test('bytes that came in pieces arrive as one', async () => {
  const key = newKey();
  const pieces = [Buffer.from('pic'), Buffer.alloc(0), Buffer.from('tu'), Buffer.from('re')];
  await setBytes(world.redis, key, pieces, 60_000);
  expect(await world.redis.get(key)).toBe('picture');
  expect(lengthOf(pieces)).toBe(7);
});

test('commands before and after it are answered in their order', async () => {
  const [before, key, after] = [newKey(), newKey(), newKey()];
  const replies = await Promise.all([
    world.redis.set(before, '1'),
    setBytes(world.redis, key, Buffer.from('picture'), 60_000),
    world.redis.incr(before),
    world.redis.get(key),
    world.redis.get(after),
  ]);
  expect(replies).toEqual(['OK', undefined, 2, 'picture', null]);
});

test('a Redis without room refuses them, and nothing is left', async () => {
  const key = newKey();
  await world.redis.config('SET', 'maxmemory', '1');
  try {
    await expect(setBytes(world.redis, key, Buffer.from('picture'), 60_000)).rejects.toThrow(/OOM/);
  } finally {
    await world.redis.config('SET', 'maxmemory', '0');
  }
  expect(await world.redis.exists(key)).toBe(0);
});

test('a Redis that does not answer is an error after its time', async () => {
  const redis = world.adopt(connectProducer(world.server.url, 300));
  await once(redis, 'ready');
  await world.server.pause();
  try {
    await expect(setBytes(redis, newKey(), randomBytes(1_000), 60_000)).rejects.toThrow(/timed out/i);
  } finally {
    await world.server.resume();
  }
});
