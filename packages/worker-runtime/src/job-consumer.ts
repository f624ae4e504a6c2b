/**
 * The worker's end of a model's queues, one for each class of urgency. The only file of the runtime that imports BullMQ;
 * what a job means is not its business. Lock times are short, which is safe because nothing long ever runs on this thread's
 * event loop.
 */
import {
  failedJobsKept,
  jobLockMs,
  jobSchema,
  priorities,
  stalledCheckMs,
  type Keys,
  type Priority,
} from '@shoal/shared/contract';
import type { Redis } from '@shoal/shared/redis';
import { UnrecoverableError, Worker, type Job as QueuedJob } from 'bullmq';
import type { QueueSight } from './consumer-judge.ts';
import type { Delivery } from './flow/context.ts';
import { SetAsideError } from './flow/take-job.ts';
import { slotLimits } from './slot-shares.ts';

export interface JobConsumer {
  readonly isTakingJobs: boolean;
  /** Each class of urgency, the most urgent first. */
  look(): Promise<readonly QueueSight[]>;
  /** Rejects when Redis does not let anybody take a job: it is full, say, or a replica. */
  tryRedis(): Promise<void>;
  /** Takes no more jobs and resolves when those in flight are done; with `force` it does not wait for them. */
  close(force: boolean): Promise<void>;
}

export interface JobConsumerOptions {
  readonly redis: Redis;
  readonly keys: Keys;
  readonly model: string;
  readonly workerId: string;
  /** Jobs in flight at once, of all classes. */
  readonly slots: number;
  readonly process: (delivery: Delivery) => Promise<void>;
  readonly onError: (error: Error) => void;
}

export function consumeJobs(options: JobConsumerOptions): JobConsumer {
  const { redis, keys, model, slots } = options;
  const inFlight = { high: 0, normal: 0, low: 0 };
  const taken = { high: 0, normal: 0, low: 0 };
  const isWaiting = { high: false, normal: false, low: false };
  const workers = new Map<Priority, Worker>();

  const share = (priority: Priority, waits: boolean) => {
    if (isWaiting[priority] === waits) return;
    isWaiting[priority] = waits;
    const limits = slotLimits(slots, isWaiting);
    for (const [each, worker] of workers) worker.concurrency = limits[each];
  };
  for (const priority of priorities) {
    const process = async (queued: QueuedJob) => {
      inFlight[priority] += 1;
      taken[priority] += 1;
      try {
        await deliver(queued, options);
      } finally {
        inFlight[priority] -= 1;
      }
    };
    const worker = openWorker(priority, slotLimits(slots, isWaiting)[priority], process, options);
    // Said when it was given a job, and when it asked for another one and there was none. The first comes a few turns late,
    // and must not be taken for the later of the two.
    worker.on('active', () => share(priority, true));
    worker.on('drained', () => setImmediate(share, priority, false));
    workers.set(priority, worker);
  }
  const all = [...workers.values()];
  return {
    get isTakingJobs() {
      return all.every((worker) => worker.isRunning() && worker.closing === undefined);
    },
    look() {
      const sights = priorities.map(async (priority) => {
        const waiting = await redis.llen(`${keys.queuePrefix}:${keys.queueName(model, priority)}:wait`);
        return { waiting, takenCount: taken[priority], inFlight: inFlight[priority] };
      });
      return Promise.all(sights);
    },
    async tryRedis() {
      // What BullMQ begins with, on a list that is not there. Our own scripts would not tell: a full Redis lets them pass.
      const none = `${keys.queuePrefix}:${keys.queueName(model, 'normal')}:none`;
      await redis.rpoplpush(none, none);
    },
    async close(force) {
      await Promise.all(all.map((worker) => worker.close(force)));
    },
  };
}

function openWorker(
  priority: Priority,
  concurrency: number,
  process: (queued: QueuedJob) => Promise<void>,
  { redis, keys, model, workerId, onError }: JobConsumerOptions,
): Worker {
  const worker = new Worker(keys.queueName(model, priority), process, {
    connection: redis,
    prefix: keys.queuePrefix,
    name: workerId,
    concurrency,
    lockDuration: jobLockMs,
    stalledInterval: stalledCheckMs,
    // BullMQ would count a death against every job that the dead worker held, and fail the innocent with the guilty:
    // `take-job` counts instead.
    maxStalledCount: Number.MAX_SAFE_INTEGER,
    removeOnComplete: { count: 0 },
    removeOnFail: { count: failedJobsKept },
    runRetryDelay: 500,
  });
  worker.on('error', onError);
  return worker;
}

async function deliver(queued: QueuedJob, { process }: JobConsumerOptions): Promise<void> {
  const job = jobSchema.parse(queued.data);
  const isLast = queued.attemptsMade + 1 >= (queued.opts.attempts ?? 1);
  try {
    await process({ job, isLast });
  } catch (error) {
    if (error instanceof SetAsideError) throw new UnrecoverableError(error.message);
    throw error;
  }
}
