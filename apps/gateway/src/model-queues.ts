/**
 * The gateway's end of the models' queues. The only file of the gateway that imports BullMQ. Nothing here waits for a
 * Redis that is away: adding to a queue ends soon, done or not.
 */
import {
  failedJobsKept,
  jobAttemptsMax,
  jobRetryDelayMs,
  queueEventsKept,
  type Job,
  type Keys,
  type ModelStatus,
} from '@shoal/shared/contract';
import type { Redis } from '@shoal/shared/redis';
import { Queue } from 'bullmq';

/** Nothing was said within the time: the command may or may not have been carried out. */
export class QueueTimeoutError extends Error {
  override readonly name = 'QueueTimeoutError';
}

export interface QueueFigures {
  readonly waiting: number;
  readonly active: number;
  /** Age of the job that waits longest, 0 when none does. */
  readonly oldestMs: number;
  /** Jobs that no worker could end. */
  readonly failed: number;
}

export class ModelQueues {
  readonly #redis: Redis;
  readonly #keys: Keys;
  readonly #timeoutMs: number;
  readonly #queues = new Map<string, Queue>();

  constructor(redis: Redis, keys: Keys, timeoutMs: number) {
    this.#redis = redis;
    this.#keys = keys;
    this.#timeoutMs = timeoutMs;
  }

  async add(job: Job): Promise<void> {
    await this.#within(
      this.#queue(job.model).add('predict', job, {
        jobId: job.id,
        attempts: jobAttemptsMax,
        backoff: { type: 'exponential', delay: jobRetryDelayMs },
        removeOnComplete: true,
        removeOnFail: { count: failedJobsKept },
      }),
    );
  }

  /** Takes a job out that nobody has taken yet; one that a worker holds stays, and finds its answer there. */
  async remove(model: string, id: string): Promise<void> {
    await this.#within(this.#queue(model).remove(id));
  }

  async depth(model: string): Promise<ModelStatus['queue']> {
    const { waiting, active, oldestMs } = await this.figures(model);
    return { waiting, active, oldestMs };
  }

  /** With what only an operator looks at. */
  async figures(model: string): Promise<QueueFigures> {
    const queue = this.#queue(model);
    const [counts, oldest] = await this.#within(
      Promise.all([
        queue.getJobCounts('wait', 'prioritized', 'delayed', 'active', 'failed'),
        queue.getJobs(['wait'], 0, 0, true),
      ]),
    );
    const { wait = 0, prioritized = 0, delayed = 0, active = 0, failed = 0 } = counts;
    const sinceMs = oldest[0]?.timestamp;
    return {
      waiting: wait + prioritized + delayed,
      active,
      oldestMs: sinceMs === undefined ? 0 : Math.max(0, Date.now() - sinceMs),
      failed,
    };
  }

  async close(): Promise<void> {
    await Promise.all([...this.#queues.values()].map((queue) => queue.close()));
  }

  #queue(model: string): Queue {
    const known = this.#queues.get(model);
    if (known) return known;
    const queue = new Queue(model, {
      connection: this.#redis,
      prefix: this.#keys.queuePrefix,
      skipWaitingForReady: true,
      streams: { events: { maxLen: queueEventsKept } },
    });
    // A queue whose first connection failed stays broken: the next call makes a new one.
    queue.on('error', () => undefined);
    queue.waitUntilReady().catch(() => this.#queues.delete(model));
    this.#queues.set(model, queue);
    return queue;
  }

  /** BullMQ has waits of its own that no time-out of the connection ends. */
  async #within<T>(work: Promise<T>): Promise<T> {
    let timer: NodeJS.Timeout | undefined;
    const timeout = new Promise<never>((_, reject) => {
      timer = setTimeout(() => reject(new QueueTimeoutError('the queue did not answer')), this.#timeoutMs);
    });
    try {
      return await Promise.race([work, timeout]);
    } finally {
      clearTimeout(timer);
    }
  }
}
