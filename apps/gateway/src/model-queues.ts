/**
 * The gateway's end of the models' queues, one for each class of urgency. Nothing here waits for a
 * Redis that is away: adding to a queue ends soon, done or not.
 */
import {
  failedJobsKept,
  jobAttemptsMax,
  jobRetryDelayMs,
  priorities,
  queueEventsKept,
  type Job,
  type Keys,
  type ModelStatus,
} from '@shoal/shared/contract';
import type { Redis } from '@shoal/shared/redis';
import { Queue } from 'bullmq';
import { withinTime } from './within-time.ts';

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
      this.#queue(job).add('predict', job, {
        jobId: job.id,
        attempts: jobAttemptsMax,
        backoff: { type: 'exponential', delay: jobRetryDelayMs },
        removeOnComplete: true,
        removeOnFail: { count: failedJobsKept },
      }),
    );
  }

  /** Takes a job out that nobody has taken yet; one that a worker holds stays, and finds its answer there. */
  async remove(job: Pick<Job, 'id' | 'model' | 'priority'>): Promise<void> {
    await this.#within(this.#queue(job).remove(job.id));
  }

  /** Those that no worker will take: `missing` are in no queue, and `failed` were put aside by theirs. */
  async stranded<J extends Pick<Job, 'id' | 'model' | 'priority'>>(
    jobs: readonly J[],
  ): Promise<{ missing: J[]; failed: J[] }> {
    const pipeline = this.#redis.pipeline();
    for (const job of jobs) {
      const queue = this.#queue(job);
      pipeline.exists(queue.toKey(job.id)).zscore(queue.toKey('failed'), job.id);
    }
    const replies = (await this.#within(pipeline.exec())) ?? [];
    const valueOf = (index: number): unknown => {
      const [error, value] = replies[index] ?? [new Error('Redis gave no reply to a pipeline')];
      if (error) throw error;
      return value;
    };
    return {
      missing: jobs.filter((_, index) => valueOf(2 * index) === 0),
      failed: jobs.filter((_, index) => valueOf(2 * index + 1) !== null),
    };
  }

  async depth(model: string): Promise<ModelStatus['queue']> {
    const { waiting, active, oldestMs } = await this.figures(model);
    return { waiting, active, oldestMs };
  }

  /** With what only an operator looks at. */
  async figures(model: string): Promise<QueueFigures> {
    const classes = await this.#within(
      Promise.all(priorities.map((priority) => figuresOf(this.#queue({ model, priority })))),
    );
    const sum = (figure: (one: QueueFigures) => number) =>
      classes.reduce((total, one) => total + figure(one), 0);
    return {
      waiting: sum((one) => one.waiting),
      active: sum((one) => one.active),
      oldestMs: Math.max(...classes.map((one) => one.oldestMs)),
      failed: sum((one) => one.failed),
    };
  }

  async close(): Promise<void> {
    await Promise.all([...this.#queues.values()].map((queue) => queue.close()));
  }

  #queue({ model, priority }: Pick<Job, 'model' | 'priority'>): Queue {
    const name = this.#keys.queueName(model, priority);
    const known = this.#queues.get(name);
    if (known) return known;
    const queue = new Queue(name, {
      connection: this.#redis,
      prefix: this.#keys.queuePrefix,
      skipWaitingForReady: true,
      streams: { events: { maxLen: queueEventsKept } },
    });
    // A queue whose first connection failed stays broken: the next call makes a new one.
    queue.on('error', () => undefined);
    queue.waitUntilReady().catch(() => this.#queues.delete(name));
    this.#queues.set(name, queue);
    return queue;
  }

  /** BullMQ has waits of its own that no time-out of the connection ends. */
  #within<T>(work: Promise<T>): Promise<T> {
    return withinTime(work, this.#timeoutMs, () => new QueueTimeoutError('the queue did not answer'));
  }
}

async function figuresOf(queue: Queue): Promise<QueueFigures> {
  const [counts, oldest] = await Promise.all([
    queue.getJobCounts('wait', 'delayed', 'active', 'failed'),
    queue.getJobs(['wait'], 0, 0, true),
  ]);
  const { wait = 0, delayed = 0, active = 0, failed = 0 } = counts;
  const sinceMs = oldest[0]?.timestamp;
  return {
    waiting: wait + delayed,
    active,
    oldestMs: sinceMs === undefined ? 0 : Math.max(0, Date.now() - sinceMs),
    failed,
  };
}
