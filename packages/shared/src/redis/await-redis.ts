/** How a worker begins: it waits for a Redis that it can work with, however long that takes, and says what it waits for. */
import { setTimeout as sleep } from 'node:timers/promises';
import { RedisUnfitError, checkRedis, type Redis } from './connect.ts';
import { readCondition } from './read-condition.ts';
import type { TroubleLog } from './tell-of-trouble.ts';

const againMs = 500;

/**
 * Resolves to `maxmemory` in bytes, 0 when unlimited. Throws `RedisUnfitError` for a Redis that waiting does not change.
 * What hinders the connection itself is told by `tellOfTrouble`.
 */
export async function awaitRedis(redis: Redis, log: TroubleLog): Promise<number> {
  let hasTold = false;
  for (;;) {
    try {
      const bytesMax = await checkRedis(redis);
      if (!(await readCondition(redis)).isReadOnly) return bytesMax;
      if (!hasTold) log.warn({}, 'waiting for a Redis that takes writes: this one is a read-only replica');
      hasTold = true;
    } catch (error) {
      if (error instanceof RedisUnfitError) throw error;
    }
    await sleep(againMs);
  }
}
