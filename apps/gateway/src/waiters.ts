/**
 * Who waits for which answer in this process; several may wait for the same one. A wake-up from Redis brings the answer that was
 * written, or says where to look; a slow poll behind it turns a lost wake-up into a delay. What is found is handed to each
 * waiter once.
 */
import type { Keys, Result } from '@shoal/shared/contract';
import {
  keepSubscribed,
  parseResult,
  parseWakeUp,
  type ExchangeStore,
  type Redis,
  type WakeUp,
} from '@shoal/shared/redis';
import type { Logger } from '@shoal/shared/service';

const pollIntervalMs = 1_000;
/** Answers fetched in one command. */
const fetchBatchMax = 200;

export interface WaitersOptions {
  readonly subscriber: Redis;
  readonly exchange: Pick<ExchangeStore, 'getResults' | 'watch' | 'unwatch' | 'isWatched'>;
  readonly keys: Keys;
  readonly gatewayId: string;
  readonly log: Logger;
  /** An answer was written whose webhook is due. */
  readonly onWebhookDue: (id: string) => void;
}

export interface Waiter {
  readonly answer: Promise<Result>;
  readonly forget: () => void;
}

const webhookDue = 'webhook ';
/** A gateway that died while it watched is forgotten after this. */
const watchTtlMs = 3_600_000;

export class Waiters {
  readonly #options: WaitersOptions;
  readonly #waiting = new Map<string, Set<(result: Result) => void>>();
  readonly #woken = new Set<string>();
  #fetchScheduled = false;
  #timer: NodeJS.Timeout | undefined;

  constructor(options: WaitersOptions) {
    this.#options = options;
  }

  start(): void {
    const { subscriber, keys, gatewayId, log, onWebhookDue } = this.#options;
    subscriber.on('message', (_channel: string, message: string) => {
      if (message.startsWith(webhookDue)) onWebhookDue(message.slice(webhookDue.length));
      else this.#hear(parseWakeUp(message));
    });
    // Wake-ups that were sent while the connection was gone are lost.
    subscriber.on('ready', () => this.#poll());
    keepSubscribed(subscriber, keys.wake(gatewayId), (error) =>
      log.debug({ err: error }, 'no wake-ups yet: answers come by polling'),
    );
    this.#timer = setInterval(() => this.#poll(), pollIntervalMs);
  }

  stop(): void {
    clearInterval(this.#timer);
  }

  get size(): number {
    return this.#waiting.size;
  }

  /** Registers before the job exists, so that no answer can come too early. */
  expect(id: string): Waiter {
    const listeners = this.#waiting.get(id) ?? new Set();
    this.#waiting.set(id, listeners);
    const { promise: answer, resolve: listener } = Promise.withResolvers<Result>();
    listeners.add(listener);
    return {
      answer,
      forget: () => {
        listeners.delete(listener);
        if (listeners.size === 0 && this.#waiting.get(id) === listeners) this.#waiting.delete(id);
      },
    };
  }

  /** As `expect`, for a prediction that another gateway may have accepted: its answer then wakes this one as well. */
  async join(id: string): Promise<Waiter> {
    const { exchange, gatewayId, log } = this.#options;
    const waiter = this.expect(id);
    try {
      await exchange.watch(id, gatewayId, watchTtlMs);
    } catch (error) {
      waiter.forget();
      throw error;
    }
    return {
      answer: waiter.answer,
      forget: () => {
        waiter.forget();
        if (this.#waiting.has(id)) return;
        exchange
          .unwatch(id, gatewayId)
          .catch((error: unknown) => log.debug({ err: error, id }, 'a watch stays until it expires'));
      },
    };
  }

  /** Whether anybody here or at another gateway waits for this answer. */
  async isAwaited(id: string): Promise<boolean> {
    return this.#waiting.has(id) || (await this.#options.exchange.isWatched(id));
  }

  #hear({ id, text }: WakeUp): void {
    if (!this.#waiting.has(id)) return;
    if (text !== undefined) return this.#deliver(id, parseResult(id, text));
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
    const listeners = this.#waiting.get(id) ?? [];
    this.#waiting.delete(id);
    for (const tell of listeners) tell(result);
  }
}
