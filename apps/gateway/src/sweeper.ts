/**
 * The chores that keep the promise when whoever should have kept it is gone: predictions whose deadline passed get their
 * answer, accepted ones that no queue knows are added again, webhooks that are due get their job, and the ledger's sums are
 * counted again. One gateway at a time does each, by a lease that ends by itself. Everything here may be done twice.
 */
import {
  expiredResult,
  failedResult,
  orphanAgeMs,
  orphanSweepMs,
  overdueSweepMs,
  recountMs,
  waitedResultTtlMs,
} from '@shoal/shared/contract';
import type { ExchangeStore, LedgerStore, Overdue } from '@shoal/shared/redis';
import type { Logger } from '@shoal/shared/service';
import type { GatewayMetrics } from './metrics.ts';
import type { ModelQueues } from './model-queues.ts';
import type { ModelRegistry } from './model-registry.ts';
import type { Webhooks } from './webhooks/webhooks.ts';
import type { Withdrawals } from './withdrawals.ts';

/** Handled at once. */
const pageMax = 200;
/** A gateway that waits for an answer ends the prediction itself; this is for those that nobody waits for. */
const overdueGraceMs = 500;

export interface SweeperParts {
  readonly exchange: Pick<ExchangeStore, 'listWebhooks' | 'publishResult'>;
  readonly ledger: LedgerStore;
  readonly queues: Pick<ModelQueues, 'stranded' | 'add'>;
  readonly withdrawals: Pick<Withdrawals, 'end'>;
  readonly webhooks: Pick<Webhooks, 'has' | 'enqueue'>;
  readonly registry: Pick<ModelRegistry, 'models'>;
  readonly metrics: Pick<GatewayMetrics, 'failed'>;
  readonly log: Logger;
}

export class Sweeper {
  readonly #parts: SweeperParts;
  readonly #timers: NodeJS.Timeout[] = [];

  constructor(parts: SweeperParts) {
    this.#parts = parts;
  }

  start(): void {
    // Looking costs less than a lease, which Redis writes to its disk.
    this.#every(
      overdueSweepMs,
      'overdue',
      () => this.endOverdue(),
      () => this.#parts.ledger.hasOverdue(Date.now() - overdueGraceMs),
    );
    this.#every(orphanSweepMs, 'orphans', () => this.addOrphans());
    this.#every(orphanSweepMs, 'webhooks', () => this.addWebhooks());
    this.#every(recountMs, 'recount', () => this.recount());
  }

  stop(): void {
    for (const timer of this.#timers) clearInterval(timer);
  }

  async endOverdue(nowMs = Date.now()): Promise<void> {
    const { ledger } = this.#parts;
    for (;;) {
      const overdue = await ledger.listOverdue(nowMs - overdueGraceMs, pageMax);
      await Promise.all(overdue.map((each) => this.#endOverdue(each)));
      if (overdue.length < pageMax) return;
    }
  }

  async #endOverdue({ id, model, open }: Overdue): Promise<void> {
    const { exchange, withdrawals, metrics } = this.#parts;
    const labels = { model, version: this.#versionOf(model) };
    if (open) {
      await withdrawals.end(open.job, expiredResult(id), () => metrics.failed(labels, 'deadline_exceeded'));
      return;
    }
    // Who wrote the row knows more of it; that it is over is known here.
    const job = { id, model, gatewayId: '', keepMs: waitedResultTtlMs };
    await exchange.publishResult(expiredResult(id), job, { isOnlyIfOwed: true });
  }

  async addOrphans(nowMs = Date.now()): Promise<void> {
    const { ledger, queues, withdrawals, metrics, log } = this.#parts;
    for await (const page of ledger.listOpen()) {
      const old = page.map(({ job }) => job).filter((job) => job.acceptedAtMs < nowMs - orphanAgeMs);
      if (old.length === 0) continue;
      const { missing, failed } = await queues.stranded(old);
      for (const job of missing) {
        log.warn({ id: job.id, requestId: job.requestId }, 'an accepted prediction was in no queue');
        await queues.add(job);
      }
      for (const job of failed) {
        log.error(
          { id: job.id, requestId: job.requestId },
          'its queue gave up a prediction without an answer',
        );
        const result = failedResult(job.id, 'model_failed', 'the model failed on this picture');
        const labels = { model: job.model, version: this.#versionOf(job.model) };
        await withdrawals.end(job, result, () => metrics.failed(labels, 'model_failed'));
      }
    }
  }

  async addWebhooks(): Promise<void> {
    const { exchange, webhooks } = this.#parts;
    for await (const page of exchange.listWebhooks()) {
      for (const id of page) if (!(await webhooks.has(id))) await webhooks.enqueue(id);
    }
  }

  async recount(): Promise<void> {
    const wrong = await this.#parts.ledger.recount();
    if (wrong > 0) this.#parts.log.warn({ wrong }, 'figures of the ledger were wrong, and are right again');
  }

  #versionOf(model: string): string {
    return this.#parts.registry.models.find(({ record }) => record.name === model)?.record.version ?? '';
  }

  #every(
    intervalMs: number,
    chore: string,
    work: () => Promise<void>,
    isDue: () => Promise<boolean> = async () => true,
  ): void {
    let isBusy = false;
    const turn = async () => {
      if (isBusy) return;
      isBusy = true;
      try {
        // A little less than the interval, or the one who holds it would miss its own next turn.
        if ((await isDue()) && (await this.#parts.ledger.leaseSweep(chore, Math.ceil(intervalMs * 0.9))))
          await work();
      } finally {
        isBusy = false;
      }
    };
    const timer = setInterval(() => {
      turn().catch((error: unknown) =>
        this.#parts.log.debug({ err: error, chore }, 'a chore waits for Redis'),
      );
    }, intervalMs);
    this.#timers.push(timer);
  }
}
