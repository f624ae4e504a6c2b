/** How full a Redis is. What follows from it is for those who watch. */
import type { Redis } from './connect.ts';

export interface RedisMemory {
  readonly usedBytes: number;
  /** 0 when there is no limit. */
  readonly maxBytes: number;
}

export async function readMemory(redis: Redis): Promise<RedisMemory> {
  const text = await redis.info('memory');
  const figure = (name: string) => Number(new RegExp(`^${name}:(\\d+)`, 'm').exec(text)?.[1] ?? 0);
  return { usedBytes: figure('used_memory'), maxBytes: figure('maxmemory') };
}
