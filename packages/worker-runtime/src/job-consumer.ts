/**
 * The worker's end of a model's queue. The only file of the runtime that imports BullMQ; what a job means is not its
 * business. Lock times are short, which is safe because nothing long ever runs on this thread's event loop.
 */
import { failedJobsKept, jobLockMs, jobSchema, stalledCheckMs, type Keys } from '@shoal/shared/contract';
import type { Redis } from '@shoal/shared/redis';
import { UnrecoverableError, Worker, type Job as QueuedJob } from 'bullmq';
import type { Delivery } from './flow/context.ts';
import { SetAsideError } from './flow/take-job.ts';

export interface JobConsumer {
  readonly isTakingJobs: boolean;
  /** Takes no more jobs and resolves when those in flight are done; with `force` it does not wait for them. */
  close(force: boolean): Promise<void>;
}

export interface JobConsumerOptions {
  readonly redis: Redis;
  readonly keys: Keys;
  readonly model: string;
  readonly workerId: string;
  /** Jobs in flight at once. */
  readonly concurrency: number;
  readonly process: (delivery: Delivery) => Promise<void>;
  readonly onError: (error: Error) => void;
}

export function consumeJobs(options: JobConsumerOptions): JobConsumer {
  const worker = new Worker(
    options.model,
    async (queued: QueuedJob) => {
      const job = jobSchema.parse(queued.data);
      const isLast = queued.attemptsMade + 1 >= (queued.opts.attempts ?? 1);
      try {
        await options.process({ job, isLast });
      } catch (error) {
        if (error instanceof SetAsideError) throw new UnrecoverableError(error.message);
        throw error;
      }
    },
    {
      connection: options.redis,
      prefix: options.keys.queuePrefix,
      name: options.workerId,
      concurrency: options.concurrency,
      lockDuration: jobLockMs,
      stalledInterval: stalledCheckMs,
      // BullMQ would count a death against every job that the dead worker held, and fail the innocent with the guilty:
      // `take-job` counts instead.
      maxStalledCount: Number.MAX_SAFE_INTEGER,
      removeOnComplete: { count: 0 },
      removeOnFail: { count: failedJobsKept },
      runRetryDelay: 500,
    },
  );
  worker.on('error', options.onError);
  return {
    get isTakingJobs() {
      return worker.isRunning() && worker.closing === undefined;
    },
    close: (force) => worker.close(force),
  };
}
