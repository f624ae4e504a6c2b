/**
 * Webhooks that are due: a row of the outbox for each, written in one step with the answer, and a job that posts it and
 * then removes the row. The row is the truth and the job only the way: a row without a job is found by a sweep, a job
 * without a row has nothing left to do. So each is delivered at least once, or given up in the log.
 */
import type { Settings, WebhookRow } from '@shoal/shared/contract';
import type { ExchangeStore } from '@shoal/shared/redis';
import type { Logger } from '@shoal/shared/service';
import type { Resolver } from '../outbound/resolve-host.ts';
import { withinTime } from '../within-time.ts';
import { postWebhook } from './post-webhook.ts';
import type { WebhookQueue } from './webhook-queue.ts';

/**
 * - `delivered`: the receiver has it
 * - `retried`: an attempt failed, and there will be another
 * - `given_up`: the last attempt failed
 * - `gone`: the receiver answered 410
 * - `lost`: the answer had expired before it could be delivered
 */
export const webhookOutcomes = ['delivered', 'retried', 'given_up', 'gone', 'lost'] as const;
export type WebhookOutcome = (typeof webhookOutcomes)[number];

/** What closing may take where Redis is away. */
const closingMs = 1_000;

export interface WebhooksOptions {
  readonly exchange: Pick<ExchangeStore, 'readWebhook' | 'dropWebhook' | 'getResult'>;
  readonly queue: WebhookQueue;
  readonly settings: Pick<Settings, 'SHOAL_WEBHOOK_PRIVATE'>;
  readonly log: Logger;
  readonly count: (outcome: WebhookOutcome) => void;
  readonly resolver?: Resolver;
}

export class Webhooks {
  readonly #options: WebhooksOptions;
  readonly #leaving = new AbortController();

  constructor(options: WebhooksOptions) {
    this.#options = options;
  }

  /** From now on this gateway delivers what is due, whoever accepted it. */
  start(): void {
    this.#options.queue.consume((id, isLast) => this.#deliver(id, isLast));
  }

  /** Once or again: it is one job. Rejects when Redis did not say that it is there; a sweep finds the row. */
  enqueue(id: string): Promise<void> {
    return this.#options.queue.add(id);
  }

  /** Whether there is a job for it. */
  has(id: string): Promise<boolean> {
    return this.#options.queue.has(id);
  }

  /** Takes no more and ends the deliveries under way; those that last longer are broken off, for another gateway to do. */
  async drain(withinMs: number): Promise<void> {
    await withinTime(this.#options.queue.drain(), withinMs, () => new Error('late')).catch(() => undefined);
    this.#leaving.abort();
  }

  /** Never fails, and ends soon. */
  async close(): Promise<void> {
    this.#leaving.abort();
    await withinTime(this.#options.queue.close(), closingMs, () => new Error('late')).catch(() => undefined);
  }

  async #deliver(id: string, isLast: boolean): Promise<void> {
    const { exchange, settings, resolver, log, count } = this.#options;
    const row = await exchange.readWebhook(id);
    if (row === undefined) return;
    const result = await exchange.getResult(id);
    if (result === undefined) {
      await this.#end(id, row, 'lost', 'the answer expired before it was delivered');
      return;
    }
    const posted = await postWebhook(row, result, {
      allowsPrivate: settings.SHOAL_WEBHOOK_PRIVATE,
      signal: this.#leaving.signal,
      ...(resolver && { resolver }),
    });
    if (posted === 'delivered') {
      await this.#end(id, row, 'delivered');
    } else if (posted === 'gone') {
      await this.#end(id, row, 'gone', 'the receiver answered 410');
    } else if (isLast && !this.#leaving.signal.aborted) {
      await this.#end(id, row, 'given_up', posted.reason);
    } else {
      log.info({ ...told(id, row), reason: posted.reason }, 'webhook not delivered yet');
      count('retried');
      throw new Error(posted.reason);
    }
  }

  /** The row goes when the receiver has it, and not before: whoever dies between the two leaves it for another attempt. */
  async #end(id: string, row: WebhookRow, outcome: WebhookOutcome, reason?: string): Promise<void> {
    const { log, count, exchange } = this.#options;
    await exchange.dropWebhook(id);
    count(outcome);
    if (reason === undefined) log.debug(told(id, row), 'webhook delivered');
    else log.warn({ ...told(id, row), reason }, 'webhook given up');
  }
}

/** Paths and queries of receivers may open doors; their hosts do not. */
const told = (id: string, { model, requestId, url }: WebhookRow) => ({
  id,
  model,
  requestId,
  host: new URL(url).host,
});
