/**
 * Predictions that this gateway wants ended: somebody canceled them, their caller left, their time is over, or Redis did not
 * say whether they were accepted. The ending is a result like any other; while Redis is away it is kept here and written when it is back.
 */
import type { Job, Result } from '@shoal/shared/contract';
import type { Answerable, ExchangeStore, Redis } from '@shoal/shared/redis';
import type { Logger } from '@shoal/shared/service';
import type { ModelQueues } from './model-queues.ts';

/** Beyond this many the oldest are dropped: their jobs still end at their deadline. */
const keptMax = 10_000;
const retryIntervalMs = 2_000;

type Withdrawn = Answerable & Pick<Job, 'priority'>;

interface Kept {
  readonly job: Withdrawn;
  readonly result: Result;
  readonly onStanding: (() => void) | undefined;
  readonly isOnlyIfOwed: boolean;
}

export class Withdrawals {
  readonly #exchange: Pick<ExchangeStore, 'publishResult'>;
  readonly #queues: Pick<ModelQueues, 'remove'>;
  readonly #log: Logger;
  readonly #kept = new Map<string, Kept>();
  #timer: NodeJS.Timeout | undefined;

  constructor(
    redis: Redis,
    exchange: Pick<ExchangeStore, 'publishResult'>,
    queues: Pick<ModelQueues, 'remove'>,
    log: Logger,
  ) {
    this.#exchange = exchange;
    this.#queues = queues;
    this.#log = log;
    redis.on('ready', () => this.#writeKept());
  }

  /**
   * Resolves to the answer that stands. Rejects when Redis cannot be asked; the ending is then written later.
   * `onStanding` is told, whenever it is written, that it became the answer.
   */
  end(job: Withdrawn, result: Result, onStanding?: () => void): Promise<Result> {
    return this.#write({ job, result, onStanding, isOnlyIfOwed: true });
  }

  /** As `end`, for when nobody is there to be told. */
  endSoon(job: Withdrawn, result: Result, onStanding?: () => void): void {
    this.#writeSoon({ job, result, onStanding, isOnlyIfOwed: true });
  }

  /** As `endSoon`, for what may have been accepted or not, or may still be: nobody knows. */
  endUnconfirmed(job: Withdrawn, result: Result): void {
    this.#writeSoon({ job, result, onStanding: undefined, isOnlyIfOwed: false });
  }

  async #write(kept: Kept): Promise<Result> {
    const { job, result, onStanding, isOnlyIfOwed } = kept;
    try {
      const standing = await this.#exchange.publishResult(result, job, { isEnding: true, isOnlyIfOwed });
      this.#kept.delete(job.id);
      // Ended long ago, and forgotten: there is nothing left to tell.
      if (standing === undefined) return result;
      if (standing === result) {
        onStanding?.();
        this.#takeOut(job);
      }
      return standing;
    } catch (error) {
      this.#keep(kept);
      throw error;
    }
  }

  #writeSoon(kept: Kept): void {
    this.#write(kept).catch((error: unknown) =>
      this.#log.warn({ err: error, id: kept.job.id }, 'ending a prediction waits for Redis'),
    );
  }

  #keep(kept: Kept): void {
    this.#kept.set(kept.job.id, kept);
    if (this.#kept.size > keptMax) this.#kept.delete(this.#kept.keys().next().value!);
    // A connection that stays up while commands fail never says that it is ready again.
    this.#timer ??= setInterval(() => this.#writeKept(), retryIntervalMs).unref();
  }

  #writeKept(): void {
    if (this.#kept.size === 0) {
      clearInterval(this.#timer);
      this.#timer = undefined;
    }
    for (const kept of this.#kept.values()) this.#writeSoon(kept);
  }

  /** Only tidiness: a job that stays in the queue finds its answer when it is taken. */
  #takeOut(job: Withdrawn): void {
    this.#queues.remove(job).catch((error: unknown) => {
      this.#log.debug({ err: error, id: job.id }, 'an ended job stays in its queue');
    });
  }
}
