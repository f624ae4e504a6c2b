/**
 * What a job costs in Redis by how many wait already: to accept and queue one, and to take, answer and end one. Counted by Redis itself
 * (`INFO commandstats`: time spent in commands), so that what is compared is work and not waiting.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import type { Redis } from '../../packages/shared/src/redis/index.ts';
import type { ServiceProcess } from '../../tests/support/service-process.ts';
import type { BenchStack } from '../bench-stack.ts';
import { median } from '../measure-stack.ts';
import { nullPictureBytes } from '../null-picture.ts';
import { connectTo, forgetWaiting, queueJobs } from '../waiting-jobs.ts';

export interface DepthRow {
  readonly waiting: number;
  /** Time in Redis for one job, in microseconds. */
  readonly enqueueUs: number;
  readonly takeUs: number;
  /** From the request to the 202, at the median. */
  readonly acceptedMs: number;
}

const uploadBytes = 1_000;
/** Jobs that are counted at a depth; a small one is filled again as often as that takes. */
const sample = 500;
/** Slow enough that the queue can be kept at its depth while jobs are taken from it. */
const computeMs = 3;

export interface DepthOptions {
  readonly depths: readonly number[];
  readonly rounds: number;
  readonly say: (line: string) => void;
}

/** Depth after depth in each round, and of each the median. */
export async function measureDepth(bench: BenchStack, options: DepthOptions): Promise<readonly DepthRow[]> {
  const { depths, rounds, say } = options;
  const model = 'null-deep';
  const redis = connectTo(bench);
  const worker = await bench.startNullWorker(model, computeMs);
  const bytes = nullPictureBytes(uploadBytes);
  const world: World = { redis, worker, model, queue: (count) => queueJobs(bench.url, model, bytes, count) };
  const rows: DepthRow[] = [];
  try {
    // What is compiled and allocated once.
    await measureAt(sample, world);
    for (let round = 0; round < rounds; round += 1) {
      for (const waiting of depths) {
        const row = await measureAt(waiting, world);
        rows.push(row);
        say(
          `${waiting} waiting: ${row.enqueueUs.toFixed(0)} us to enqueue, ${row.takeUs.toFixed(0)} us to take`,
        );
      }
    }
  } finally {
    await worker.kill();
    redis.disconnect();
  }
  return depths.map((waiting) => {
    const of = (figure: (row: DepthRow) => number) =>
      median(rows.filter((row) => row.waiting === waiting).map(figure));
    return {
      waiting,
      enqueueUs: of((row) => row.enqueueUs),
      takeUs: of((row) => row.takeUs),
      acceptedMs: of((row) => row.acceptedMs),
    };
  });
}

interface World {
  readonly redis: Redis;
  readonly worker: ServiceProcess;
  readonly model: string;
  readonly queue: (count: number) => Promise<readonly number[]>;
}

async function measureAt(waiting: number, { redis, worker, model, queue }: World): Promise<DepthRow> {
  // Nobody takes a job while it is counted what it costs to queue one.
  worker.signal('SIGSTOP');
  await queue(waiting);
  let acceptedMs = 0;
  const counted = Math.min(sample, Math.max(50, waiting));
  const enqueueUs = await timeInRedis(redis, counted, async () => {
    acceptedMs = median(await queue(counted));
  });
  let taken = 0;
  let added = 0;
  const waitingNow = () => redis.llen(`{shoal}:queue:${model}:wait`);
  const before = await waitingNow();
  const us = await timeInRedis(redis, 1, async () => {
    worker.signal('SIGCONT');
    while (taken < sample) {
      const there = await waitingNow();
      taken = before + added - there;
      const missing = Math.min(20, waiting - there);
      if (missing > 0) added += (await queue(missing)).length;
      else await sleep(2);
    }
  });
  worker.signal('SIGSTOP');
  await forgetWaiting(redis);
  worker.signal('SIGCONT');
  return { waiting, enqueueUs, takeUs: (us - added * enqueueUs) / taken, acceptedMs };
}

/** Microseconds in commands, for each of `count`. */
async function timeInRedis(redis: Redis, count: number, work: () => Promise<unknown>): Promise<number> {
  await redis.config('RESETSTAT');
  await work();
  const info = await redis.info('commandstats');
  // Commands that a script calls are in the time of the script as well.
  const counted = /^cmdstat_(?:evalsha|eval|set|get|bzpopmin|multi|exec):calls=\d+,usec=(\d+)/gm;
  const total = [...info.matchAll(counted)].reduce((sum, [, us]) => sum + Number(us), 0);
  return total / count;
}
