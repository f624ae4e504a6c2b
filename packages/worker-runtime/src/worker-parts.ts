/**
 * What a worker consists of while it runs; a part is there from the moment it works. How the worker is asked for its
 * health, and how it lets go of everything: in order, or because it is stuck.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { closingMarginMs } from '@shoal/shared/contract';
import type { Redis } from '@shoal/shared/redis';
import type { Logger } from '@shoal/shared/service';
import type { Announcer } from './announcer.ts';
import type { Verdict } from './consumer-judge.ts';
import type { ConsumerWatch } from './consumer-watch.ts';
import type { GpuLease } from './device/gpu-lease.ts';
import type { MachineShare } from './device/machine-share.ts';
import type { HealthServer } from './health-server.ts';
import type { Engine } from './inference/engine.ts';
import type { JobConsumer } from './job-consumer.ts';

export interface WorkerParts {
  health: HealthServer;
  redis: Redis;
  subscriber: Redis;
  readPace: () => number | undefined;
  announcer: Announcer;
  lease: GpuLease | undefined;
  share: MachineShare;
  engine: Engine;
  consumer: JobConsumer;
  watch: ConsumerWatch;
}

const idlePollMs = 20;

/** In words, for whoever asks; undefined while jobs are taken. */
export function unreadyBecause({ consumer, watch, redis, engine }: Partial<WorkerParts>): string | undefined {
  if (consumer === undefined) return 'the model is not ready yet';
  if (watch?.stuckBecause !== undefined) return `stuck: ${watch.stuckBecause}`;
  if (!consumer.isTakingJobs) return 'this worker takes no more jobs';
  if (redis?.status !== 'ready') return 'Redis cannot be reached';
  if (watch?.isRedisSilent === true) return 'Redis does not answer';
  return engine?.threadsReady === 0 ? 'the inference threads have ended and are being replaced' : undefined;
}

/** Finishes what is in flight for `drainMs`, then lets go: whatever is left comes back through the queue. */
export async function closeParts(parts: Partial<WorkerParts>, drainMs: number, log: Logger): Promise<void> {
  parts.watch?.stop();
  const drained = parts.consumer?.close(false) ?? Promise.resolve();
  const inTime = await Promise.race([
    drained.then(() => true),
    new Promise<false>((resolve) => setTimeout(() => resolve(false), drainMs).unref()),
  ]);
  if (!inTime)
    log.warn('jobs were still in flight when the time to drain was over: they will be delivered again');
  await letGo(parts);
}

/**
 * Ends the process, so that it is started again: nothing is lost, since the jobs are in the queue. What is in flight and can
 * end in order may, for `drainMs`; those who are stuck would never say that they are done.
 */
export async function endStuck(
  { reason, mayFinish }: Verdict,
  parts: Partial<WorkerParts>,
  drainMs: number,
  log: Logger,
): Promise<never> {
  log.fatal(`this worker is stuck and ends itself: ${reason}`);
  parts.consumer?.close(false).catch(() => undefined);
  if (mayFinish) await Promise.race([untilIdle(parts.consumer), sleep(drainMs)]);
  // Whatever does not let go either must not keep it.
  await Promise.race([letGo(parts), sleep(closingMarginMs)]);
  process.exit(1);
}

async function untilIdle(consumer: JobConsumer | undefined): Promise<void> {
  while ((await consumer?.look())?.some(({ inFlight }) => inFlight > 0)) await sleep(idlePollMs);
}

async function letGo(parts: Partial<WorkerParts>): Promise<void> {
  if (parts.redis?.status === 'ready') {
    await parts.announcer?.stop();
    await parts.lease?.release();
    await parts.share?.stop();
  }
  await parts.engine?.close();
  parts.subscriber?.disconnect();
  parts.redis?.disconnect();
  parts.health?.close();
}
