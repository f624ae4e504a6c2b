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
import { announceGatewayScript } from './scripts.ts';

interface ScriptedRedis {
  shoalAnnounceGateway(...args: (string | number)[]): Promise<null>;
}

export class GatewayStore {
  readonly #redis: Redis;
  readonly #scripted: ScriptedRedis;
  readonly #keys: Keys;

  constructor(redis: Redis, keys: Keys) {
    redis.defineCommand('shoalAnnounceGateway', { numberOfKeys: 1, lua: announceGatewayScript });
    this.#redis = redis;
    this.#scripted = redis as unknown as ScriptedRedis;
    this.#keys = keys;
  }

  async announce(url: string): Promise<void> {
    const nowMs = await this.#nowMs();
    await this.#scripted.shoalAnnounceGateway(
      this.#keys.gateways,
      url,
      nowMs,
      nowMs + gatewayAnnouncementTtlMs,
      gatewayAnnouncementTtlMs + gatewayAnnouncementIntervalMs,
    );
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
