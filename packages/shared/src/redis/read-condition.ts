/** How a Redis is: how full, and whether it takes writes. What follows from it is for those who watch. */
import type { Redis } from './connect.ts';

export interface RedisCondition {
  readonly usedBytes: number;
  /** 0 when there is no limit. */
  readonly maxBytes: number;
  /** A replica that answers, and keeps nothing that it is told. */
  readonly isReadOnly: boolean;
}

export async function readCondition(redis: Redis): Promise<RedisCondition> {
  const text = (await Promise.all([redis.info('memory'), redis.info('replication')])).join('\n');
  const field = (name: string) => new RegExp(`^${name}:(\\w+)`, 'm').exec(text)?.[1];
  return {
    usedBytes: Number(field('used_memory') ?? 0),
    maxBytes: Number(field('maxmemory') ?? 0),
    isReadOnly: field('role') === 'slave' && field('slave_read_only') !== '0',
  };
}
