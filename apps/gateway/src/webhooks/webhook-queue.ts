/**
 * The queue of webhooks that are due, which all gateways fill and empty. Beside the models' queues the only file of the
 * gateway that imports BullMQ. A job is nothing but the prediction's id: what there is to send, and whether there still is,
 * is read when it is taken.
 */
import {
  jobLockMs,
  queueEventsKept,
  stalledCheckMs,
  webhookAttemptsMax,
  webhookConcurrency,
  webhookRetryDelayMs,
  type Keys,
} from '@shoal/shared/contract';
import type { Redis } from '@shoal/shared/redis';
import { Queue, Worker, type Job as QueuedJob } from 'bullmq';

/** No model can have this name, and so no model's queue. */
const queueName = '@webhooks';

/** To be resolved when there is nothing left to do about this id; a rejection is another attempt, later. */
export type DeliverWebhook = (id: string, isLast: boolean) => Promise<void>;

export interface WebhookQueueOptions {
  /** Every command of it ends soon. */
  readonly producer: Redis;
  /** Its commands wait until Redis is back. */
  readonly consumer: Redis;
  readonly keys: Keys;
  readonly onError: (error: Error) => void;
  readonly attempts?: { readonly max: number; readonly delayMs: number };
}

export class WebhookQueue {
  readonly #options: WebhookQueueOptions;
  #queue: Queue | undefined;
  #worker: Worker | undefined;

  constructor(options: WebhookQueueOptions) {
    this.#options = options;
  }

  /** One job for one id, however often it is added; rejects when the queue did not say that it took it. */
  async add(id: string): Promise<void> {
    const { max, delayMs } = this.#options.attempts ?? {
      max: webhookAttemptsMax,
      delayMs: webhookRetryDelayMs,
    };
    await this.#open().add(
      'deliver',
      { id },
      {
        jobId: id,
        attempts: max,
        // Not all at once, when a receiver comes back for which many wait.
        backoff: { type: 'exponential', delay: delayMs, jitter: 0.25 },
        removeOnComplete: true,
        removeOnFail: true,
      },
    );
  }

  async has(id: string): Promise<boolean> {
    return (await this.#open().getJob(id)) !== undefined;
  }

  consume(deliver: DeliverWebhook): void {
    const { consumer, keys, onError } = this.#options;
    this.#worker = new Worker(
      queueName,
      (queued: QueuedJob<{ id: string }>) =>
        deliver(queued.data.id, queued.attemptsMade + 1 >= (queued.opts.attempts ?? 1)),
      {
        connection: consumer,
        prefix: keys.queuePrefix,
        concurrency: webhookConcurrency,
        lockDuration: jobLockMs,
        stalledInterval: stalledCheckMs,
        // That a gateway died says nothing about the webhooks that it was delivering.
        maxStalledCount: Number.MAX_SAFE_INTEGER,
        runRetryDelay: 500,
      },
    );
    this.#worker.on('error', onError);
  }

  /** Takes no more jobs and resolves when those in flight are done. */
  async drain(): Promise<void> {
    await this.#worker?.close();
  }

  /** Does not wait for what is in flight: another gateway takes it when its lock runs out. */
  async close(): Promise<void> {
    await Promise.all([this.#worker?.close(true), this.#queue?.close()]);
  }

  #open(): Queue {
    if (this.#queue) return this.#queue;
    const queue = new Queue(queueName, {
      connection: this.#options.producer,
      prefix: this.#options.keys.queuePrefix,
      skipWaitingForReady: true,
      streams: { events: { maxLen: queueEventsKept } },
    });
    // A queue whose first connection failed stays broken: the next call makes a new one.
    queue.on('error', () => undefined);
    queue.waitUntilReady().catch(() => {
      if (this.#queue === queue) this.#queue = undefined;
    });
    this.#queue = queue;
    return queue;
  }
}
