/**
 * Who waits for which answer in this process. A wake-up from Redis only says where to look; a slow poll behind it turns a
 * lost wake-up into a delay. What is found is handed to the waiter once.
 */
import type { Keys, Result } from '@shoal/shared/contract';
import type { ExchangeStore, Redis } from '@shoal/shared/redis';
import type { Logger } from '@shoal/shared/service';

const pollIntervalMs = 1_000;
/** Answers fetched in one command. */
const fetchBatchMax = 200;

export interface WaitersOptions {
  readonly subscriber: Redis;
  readonly exchange: Pick<ExchangeStore, 'getResults'>;
  readonly keys: Keys;
  readonly gatewayId: string;
  readonly log: Logger;
}

export class Waiters {
  readonly #options: WaitersOptions;
  readonly #waiting = new Map<string, (result: Result) => void>();
  readonly #woken = new Set<string>();
  #fetchScheduled = false;
  #timer: NodeJS.Timeout | undefined;

  constructor(options: WaitersOptions) {
    this.#options = options;
  }

  start(): void {
    const { subscriber, keys, gatewayId, log } = this.#options;
    subscriber.on('message', (_channel: string, id: string) => this.#wake(id));
    // Wake-ups that were sent while the connection was gone are lost.
    subscriber.on('ready', () => this.#poll());
    subscriber
      .subscribe(keys.wake(gatewayId))
      .catch((error: unknown) => log.error({ err: error }, 'no wake-ups: answers come by polling'));
    this.#timer = setInterval(() => this.#poll(), pollIntervalMs);
  }

  stop(): void {
    clearInterval(this.#timer);
  }

  get size(): number {
    return this.#waiting.size;
  }

  /** Registers before the job exists, so that no answer can come too early. */
  expect(id: string): { answer: Promise<Result>; forget: () => void } {
    const answer = new Promise<Result>((resolve) => this.#waiting.set(id, resolve));
    return { answer, forget: () => void this.#waiting.delete(id) };
  }

  #wake(id: string): void {
    if (!this.#waiting.has(id)) return;
    this.#woken.add(id);
    if (this.#fetchScheduled) return;
    this.#fetchScheduled = true;
    // All that is woken in one turn of the loop is fetched at once.
    setImmediate(() => {
      this.#fetchScheduled = false;
      const ids = [...this.#woken];
      this.#woken.clear();
      this.#fetch(ids);
    });
  }

  #poll(): void {
    this.#fetch([...this.#waiting.keys()]);
  }

  #fetch(ids: readonly string[]): void {
    for (let start = 0; start < ids.length; start += fetchBatchMax) {
      void this.#fetchBatch(ids.slice(start, start + fetchBatchMax));
    }
  }

  async #fetchBatch(ids: readonly string[]): Promise<void> {
    try {
      const results = await this.#options.exchange.getResults(ids);
      for (const [id, result] of results) this.#deliver(id, result);
    } catch (error) {
      this.#options.log.warn({ err: error }, 'could not fetch answers; the poll tries again');
    }
  }

  #deliver(id: string, result: Result): void {
    const resolve = this.#waiting.get(id);
    this.#waiting.delete(id);
    resolve?.(result);
  }
}
