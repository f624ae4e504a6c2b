/**
 * Who computes on which GPU. Compose gives every replica of a worker all GPUs of the machine, so the replicas share them
 * out here: each takes the one that the fewest others have, and says again and again that it still has it. A lease is
 * advice and no lock: more workers than GPUs share.
 */
import { announcementTtlMs, type Keys } from '../contract/index.ts';
import type { Redis } from './connect.ts';
import { leaseGpuScript } from './scripts.ts';

interface ScriptedRedis {
  shoalLeaseGpu(numberOfKeys: number, ...args: (string | number)[]): Promise<number>;
}

export class GpuStore {
  readonly #redis: Redis;
  readonly #scripted: ScriptedRedis;
  readonly #keys: Keys;

  constructor(redis: Redis, keys: Keys) {
    redis.defineCommand('shoalLeaseGpu', { lua: leaseGpuScript });
    this.#redis = redis;
    this.#scripted = redis as unknown as ScriptedRedis;
    this.#keys = keys;
  }

  /** Takes the least taken of `gpus` (their UUIDs, at least one), the first of equals; resolves to its index. */
  async lease(gpus: readonly string[], workerId: string, nowMs: number): Promise<number> {
    const keys = gpus.map((gpu) => this.#keys.gpu(gpu));
    const place = await this.#scripted.shoalLeaseGpu(
      keys.length,
      ...keys,
      workerId,
      nowMs,
      nowMs + announcementTtlMs,
      announcementTtlMs,
    );
    return place - 1;
  }

  /** Also writes it anew, where Redis came back empty. */
  async renew(gpu: string, workerId: string, nowMs: number): Promise<void> {
    const key = this.#keys.gpu(gpu);
    await this.#redis
      .multi()
      .zadd(key, nowMs + announcementTtlMs, workerId)
      .zremrangebyscore(key, '-inf', nowMs)
      .pexpire(key, announcementTtlMs)
      .exec();
  }

  async release(gpu: string, workerId: string): Promise<void> {
    await this.#redis.zrem(this.#keys.gpu(gpu), workerId);
  }
}
