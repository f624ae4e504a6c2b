/** The watch with a clock that is faster than in earnest, over a consumer and a Redis that are made up. */
import { setTimeout as sleep } from 'node:timers/promises';
import { createLog } from '@shoal/shared/service';
import { expect, onTestFinished, test } from 'vitest';
import type { QueueSight, Verdict } from './consumer-judge.ts';
import { ConsumerWatch } from './consumer-watch.ts';

const tickMs = 5;
const longMs = 60 * tickMs;

/** A watch over a consumer that takes nothing of what waits, unless the test says otherwise. */
function startWatch(
  fields: {
    sight?: Partial<QueueSight>;
    status?: 'ready' | 'reconnecting';
    isHeldUp?: boolean;
    look?: () => Promise<readonly QueueSight[]>;
    tryRedis?: () => Promise<void>;
  } = {},
) {
  const world = { status: fields.status ?? 'ready', isHeldUp: fields.isHeldUp ?? false };
  const verdicts: Verdict[] = [];
  const sight = { takenCount: 0, inFlight: 0, waiting: 3, ...fields.sight };
  const watch = new ConsumerWatch({
    consumer: {
      isTakingJobs: true,
      look: fields.look ?? (async () => [sight]),
      tryRedis: fields.tryRedis ?? (async () => undefined),
    },
    redis: world,
    inferenceTimeoutMs: 1_000,
    isHeldUp: () => world.isHeldUp,
    onStuck: (verdict) => verdicts.push(verdict),
    log: createLog('test', { SHOAL_LOG_LEVEL: 'silent' }),
    tickMs,
  });
  onTestFinished(() => watch.stop());
  return { watch, verdicts, world };
}

test('a stuck consumer is told of once, and stays stuck', async () => {
  const { watch, verdicts } = startWatch();
  expect(watch.stuckBecause).toBeUndefined();
  await expect.poll(() => verdicts).toHaveLength(1);
  await sleep(longMs);
  expect(verdicts).toHaveLength(1);
  expect(watch.stuckBecause).toBe('jobs wait, slots are free, and none is taken');
});

test.each([
  ['while Redis is away', { status: 'reconnecting' }],
  ['while its threads are being replaced', { isHeldUp: true }],
  ['when Redis lets nobody take a job', { tryRedis: () => Promise.reject(new Error('OOM')) }],
  ['when Redis refuses what it asks', { look: () => Promise.reject(new Error('LOADING')) }],
] as const)('a consumer is not judged %s', async (_when, fields) => {
  const { verdicts } = startWatch(fields);
  await sleep(longMs);
  expect(verdicts).toEqual([]);
});

test('a consumer is judged again when Redis is back', async () => {
  const { verdicts, world } = startWatch({ status: 'reconnecting' });
  await sleep(longMs);
  world.status = 'ready';
  await expect.poll(() => verdicts).toHaveLength(1);
});

test('a Redis that does not answer is told of until it does, and nothing is judged meanwhile', async () => {
  const waiting = Promise.withResolvers<readonly QueueSight[]>();
  const { watch, verdicts } = startWatch({ look: () => waiting.promise });
  expect(watch.isRedisSilent).toBe(false);
  await expect.poll(() => watch.isRedisSilent).toBe(true);
  await sleep(longMs);
  expect(verdicts).toEqual([]);
  waiting.resolve([{ takenCount: 0, inFlight: 0, waiting: 0 }]);
  await expect.poll(() => watch.isRedisSilent).toBe(false);
});

test('whoever stops a consumer on purpose hears nothing more', async () => {
  let looks = 0;
  const asked = Promise.withResolvers<void>();
  const answer = Promise.withResolvers<readonly QueueSight[]>();
  const { watch, verdicts } = startWatch({
    look: () => {
      // Stopped while the look is under way that would have been the last one.
      if (++looks < 7) return Promise.resolve([{ takenCount: 0, inFlight: 0, waiting: 3 }]);
      asked.resolve();
      return answer.promise;
    },
  });
  await asked.promise;
  watch.stop();
  answer.resolve([{ takenCount: 0, inFlight: 0, waiting: 3 }]);
  await sleep(longMs);
  expect(verdicts).toEqual([]);
  expect(looks).toBe(7);
});
