/**
 * How Redis is, asked once a second: whether it answers, whether it takes writes, and how full it is. Refusals and
 * readiness look here, so that neither costs a command.
 */
import { memoryShareMax } from '@shoal/shared/contract';
import { readCondition, type Redis, type RedisCondition } from '@shoal/shared/redis';

const intervalMs = 1_000;
/** Redis has not answered for this long: requests are refused before they cost anything. */
const silenceMaxMs = 3_000;

export class RedisWatch {
  readonly #redis: Redis;
  readonly #now: () => number;
  #condition: RedisCondition | undefined;
  #answeredAtMs = Number.NEGATIVE_INFINITY;
  #timer: NodeJS.Timeout | undefined;

  constructor(redis: Redis, now: () => number = Date.now) {
    this.#redis = redis;
    this.#now = now;
  }

  start(): void {
    this.#timer = setInterval(() => void this.refresh().catch(() => undefined), intervalMs);
  }

  stop(): void {
    clearInterval(this.#timer);
  }

  async refresh(): Promise<void> {
    this.#condition = await readCondition(this.#redis);
    this.#answeredAtMs = this.#now();
  }

  /** Why predictions cannot be taken at all, in words; undefined when they can. */
  get unusableBecause(): string | undefined {
    if (this.#redis.status !== 'ready' || this.#now() - this.#answeredAtMs > silenceMaxMs) {
      return 'the queue cannot be reached';
    }
    return this.#condition?.isReadOnly === true
      ? 'the queue takes no writes: its Redis is a read-only replica'
      : undefined;
  }

  /** What is left is for answers. */
  get isNearlyFull(): boolean {
    const { usedBytes = 0, maxBytes = 0 } = this.#condition ?? {};
    return maxBytes > 0 && usedBytes > maxBytes * memoryShareMax;
  }
}
