/**
 * Which gateways there are: each writes its address again and again while it takes requests, and whoever answers the
 * front door reads all of them. Expiry goes by Redis' own clock, since those of the gateways need not agree.
 */
import {
  gatewayAnnouncementIntervalMs,
  gatewayAnnouncementTtlMs,
  gatewayUrlSchema,
  type Keys,
} from '../contract/index.ts';
import type { Redis } from './connect.ts';

export class GatewayStore {
  readonly #redis: Redis;
  readonly #keys: Keys;

  constructor(redis: Redis, keys: Keys) {
    this.#redis = redis;
    this.#keys = keys;
  }

  async announce(url: string): Promise<void> {
    const nowMs = await this.#nowMs();
    await this.#redis
      .multi()
      .zadd(this.#keys.gateways, nowMs + gatewayAnnouncementTtlMs, url)
      .zremrangebyscore(this.#keys.gateways, '-inf', nowMs)
      .pexpire(this.#keys.gateways, gatewayAnnouncementTtlMs + gatewayAnnouncementIntervalMs)
      .exec();
  }

  async withdraw(url: string): Promise<void> {
    await this.#redis.zrem(this.#keys.gateways, url);
  }

  /** The addresses of the live ones, sorted; what is no address is left out. */
  async list(): Promise<readonly string[]> {
    const nowMs = await this.#nowMs();
    const urls = await this.#redis.zrange(this.#keys.gateways, `(${nowMs}`, '+inf', 'BYSCORE');
    return urls.filter((url) => gatewayUrlSchema.safeParse(url).success).toSorted();
  }

  async #nowMs(): Promise<number> {
    const [seconds, microseconds] = await this.#redis.time();
    return Number(seconds) * 1_000 + Math.floor(Number(microseconds) / 1_000);
  }
}
