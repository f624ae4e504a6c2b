/**
 * Connections to Redis, one kind for each role, and the check of what is at the other end. With `set-bytes`, the only file of the shared
 * package that imports ioredis.
 */
import { Redis, type RedisOptions } from 'ioredis';
import { coalesceWrites } from './coalesce-writes.ts';

export type { Redis };

const reconnect = { retryStrategy: (attempt: number) => Math.min(50 * 2 ** Math.min(attempt, 6), 1_000) };

/** For a gateway: every command ends soon, in a reply or an error; nothing is kept for a Redis that is away. */
export function connectProducer(url: string, commandTimeoutMs: number): Redis {
  return open(url, {
    enableOfflineQueue: false,
    commandTimeout: commandTimeoutMs,
    connectTimeout: commandTimeoutMs,
    maxRetriesPerRequest: 0,
  });
}

/** For a worker: commands wait until Redis is back. */
export function connectConsumer(url: string): Redis {
  return open(url, { maxRetriesPerRequest: null });
}

/** For wake-ups: subscribes again by itself after a loss. */
export function connectSubscriber(url: string): Redis {
  return open(url, { maxRetriesPerRequest: null, autoResubscribe: true });
}

/** A primary that became a replica answers on; the address may lead to the new primary by now. */
const reconnectOnError = (error: Error) => error.message.startsWith('READONLY');

type Options = RedisOptions & { replyMapping?: 'legacy' };

function open(url: string, options: Options): Redis {
  // RESP2, whose reply shapes are the ones that both BullMQ and our stores were written for.
  const redis = new Redis(url, {
    ...reconnect,
    reconnectOnError,
    protocol: 2,
    keepAlive: 10_000,
    ...options,
  });
  redis.on('connect', () => coalesceWrites(redis.stream));
  return redis;
}

/** What is at the other end is not what we can work with; said once, at start. */
export class RedisUnfitError extends Error {
  override readonly name = 'RedisUnfitError';
}

/**
 * Refuses a Redis that would break the exchange: a cluster, one that evicts, one too old for the commands we send.
 * Resolves to `maxmemory` in bytes, 0 when unlimited.
 */
export async function checkRedis(redis: Redis): Promise<number> {
  const info = parseInfo(await redis.info());
  if (info['cluster_enabled'] === '1' || info['redis_mode'] === 'cluster') {
    throw new RedisUnfitError(
      'this Redis is a cluster: Shoal needs a single Redis (with replicas, if you like)',
    );
  }
  const version = info['redis_version'] ?? '0';
  const [major = 0, minor = 0] = version.split('.').map(Number);
  if (major < 6 || (major === 6 && minor < 2)) {
    throw new RedisUnfitError(`this Redis is version ${version}: Shoal needs 6.2 or later`);
  }
  const policy = info['maxmemory_policy'];
  if (policy !== undefined && policy !== 'noeviction') {
    throw new RedisUnfitError(
      `this Redis has maxmemory-policy ${policy}: a full one would throw away accepted pictures; set it to noeviction`,
    );
  }
  return Number(info['maxmemory'] ?? 0);
}

function parseInfo(text: string): Record<string, string> {
  const entries = text.split(/\r?\n/).flatMap((line) => {
    const colon = line.indexOf(':');
    return colon > 0 && !line.startsWith('#') ? [[line.slice(0, colon), line.slice(colon + 1)] as const] : [];
  });
  return Object.fromEntries(entries);
}
