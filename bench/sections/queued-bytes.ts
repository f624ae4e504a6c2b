/**
 * What Redis holds for a job that waits, beyond what it allots to a bare string of the upload's length: ledger row, queue entry,
 * keys. Measured as the growth of its whole memory, with nobody there to take a job.
 */
import { randomUUID } from 'node:crypto';
import type { Redis } from '../../packages/shared/src/redis/index.ts';
import type { BenchStack } from '../bench-stack.ts';
import { nullPictureBytes } from '../null-picture.ts';
import { connectTo, forgetWaiting, queueJobs } from '../waiting-jobs.ts';

export interface QueuedBytes {
  readonly uploadBytes: number;
  readonly jobs: number;
  /** `MEMORY USAGE` of a string of that length. */
  readonly bareBytes: number;
  readonly bytesPerJob: number;
  readonly beyondBareBytes: number;
}

export async function measureQueuedBytes(
  bench: BenchStack,
  uploadBytes: number,
  jobs: number,
): Promise<QueuedBytes> {
  const model = 'null-waiting';
  const worker = await bench.startNullWorker(model);
  await worker.kill();
  const redis = connectTo(bench);
  try {
    const bytes = nullPictureBytes(uploadBytes);
    // The first ones pay for what is there once.
    await queueJobs(bench.url, model, bytes, 20);
    const before = await usedBytes(redis);
    await queueJobs(bench.url, model, bytes, jobs);
    const bytesPerJob = ((await usedBytes(redis)) - before) / jobs;
    const bareBytes = await bareBytesOf(redis, bytes);
    return { uploadBytes, jobs, bareBytes, bytesPerJob, beyondBareBytes: bytesPerJob - bareBytes };
  } finally {
    await forgetWaiting(redis);
    redis.disconnect();
  }
}

async function bareBytesOf(redis: Redis, bytes: Buffer): Promise<number> {
  const key = `bare:${randomUUID()}`;
  await redis.set(key, bytes);
  const usage = Number(await redis.call('MEMORY', 'USAGE', key));
  await redis.del(key);
  return usage;
}

/** Without the buffers of connections, which come and go. */
async function usedBytes(redis: Redis): Promise<number> {
  const info = await redis.info('memory');
  const figure = (name: string) => Number(new RegExp(`^${name}:(\\d+)`, 'm').exec(info)?.[1] ?? 0);
  return (
    figure('used_memory_dataset') +
    figure('used_memory_overhead') -
    figure('mem_clients_normal') -
    figure('mem_aof_buffer')
  );
}
