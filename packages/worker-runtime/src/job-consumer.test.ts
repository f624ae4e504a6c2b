import { jobAttemptsMax, keysOf, priorities, type Priority } from '@shoal/shared/contract';
import { connectConsumer } from '@shoal/shared/redis';
import { Queue } from 'bullmq';
import { describe, expect, onTestFinished, test } from 'vitest';
import { testJob, useRedis } from '../../../tests/support/exchange.ts';
import { waitFor } from '../../../tests/support/wait-for.ts';
import type { QueueSight } from './consumer-judge.ts';
import type { Delivery } from './flow/context.ts';
import { SetAsideError } from './flow/take-job.ts';
import { consumeJobs, type JobConsumer } from './job-consumer.ts';

const world = useRedis();
const keys = keysOf('test');
const sleep = (ms: number) => new Promise<void>((resolve) => setTimeout(resolve, ms));
/** Weights of the classes together: a worker of so many slots divides without a rest. */
const slots = 13;

type Counts = Record<Priority, number>;

/** What a consumer has under way and what it has done, by class. */
interface Watched {
  readonly consumer: JobConsumer;
  readonly inFlight: Counts;
  readonly done: Counts;
  readonly inFlightMax: () => number;
}

const none = (): Counts => ({ high: 0, normal: 0, low: 0 });
const sum = (counts: Counts) => counts.high + counts.normal + counts.low;

function consume(work: (delivery: Delivery, done: Counts) => Promise<unknown>): Watched {
  const redis = world.adopt(connectConsumer(world.server.url));
  const [inFlight, done] = [none(), none()];
  let inFlightMax = 0;
  const consumer = consumeJobs({
    redis,
    keys,
    slots,
    model: 'tiny',
    workerId: 'w1',
    onError: () => undefined,
    process: async (delivery) => {
      const { priority } = delivery.job;
      inFlight[priority] += 1;
      inFlightMax = Math.max(inFlightMax, sum(inFlight));
      try {
        await work(delivery, done);
        done[priority] += 1;
      } finally {
        inFlight[priority] -= 1;
      }
    },
  });
  onTestFinished(async () => {
    await consumer.close(true);
    redis.disconnect();
  });
  return { consumer, inFlight, done, inFlightMax: () => inFlightMax };
}

const idle = { takenCount: 0, inFlight: 0, waiting: 0 };

async function lookAt(consumer: JobConsumer): Promise<Partial<Record<Priority, QueueSight>>> {
  const sights = await consumer.look();
  return Object.fromEntries(priorities.map((priority, index) => [priority, sights[index]]));
}

/** All classes have asked for jobs, and there are none. */
const isIdle = async () => /blocked_clients:3\b/.test(await world.redis.info('clients'));

function open(priority: Priority): Queue {
  return new Queue(keys.queueName('tiny', priority), {
    connection: world.redis,
    prefix: keys.queuePrefix,
    skipWaitingForReady: true,
  });
}

/** As a gateway adds them. */
async function add(priority: Priority, count: number, attempts = 1): Promise<void> {
  const jobs = Array.from({ length: count }, () => testJob({ priority }));
  await open(priority).addBulk(
    jobs.map((job) => ({
      name: 'predict',
      data: job,
      opts: { jobId: job.id, removeOnComplete: true, attempts, backoff: { type: 'fixed', delay: 1 } },
    })),
  );
}

describe('slots', () => {
  test.each(priorities)('a class that is alone uses them all, also %s', async (priority) => {
    const { promise: released, resolve: release } = Promise.withResolvers<void>();
    const { consumer, inFlight, done } = consume(() => released);
    await waitFor('an idle worker', isIdle);
    await add(priority, 30);
    await waitFor('a full worker', () => inFlight[priority] === slots);
    await sleep(100);
    expect(inFlight[priority]).toBe(slots);
    expect(await lookAt(consumer)).toEqual({
      high: idle,
      normal: idle,
      low: idle,
      [priority]: { takenCount: slots, inFlight: slots, waiting: 17 },
    });
    release();
    await waitFor('the end', () => done[priority] === 30);
    await waitFor('free slots', async () => (await lookAt(consumer))[priority]?.inFlight === 0);
    expect((await lookAt(consumer))[priority]).toEqual({ takenCount: 30, inFlight: 0, waiting: 0 });
  });

  test('are shared by weight where all classes wait, from the first job on', async () => {
    for (const priority of priorities) await add(priority, 300);
    let first: Counts | undefined;
    const { inFlightMax } = consume(async (_, done) => {
      await sleep(20);
      if (sum(done) >= 260) first ??= { ...done };
    });
    const { high, normal, low } = await waitFor('260 jobs', () => first);
    // 8 : 4 : 1, give or take what was under way.
    expect(high / normal).toBeGreaterThan(1.6);
    expect(high / normal).toBeLessThan(2.5);
    expect(normal / low).toBeGreaterThan(3);
    expect(normal / low).toBeLessThan(5.5);
    expect(inFlightMax()).toBeLessThanOrEqual(slots + 2);
  });

  test('of a worker that one class has flooded are given to another that comes later', async () => {
    await add('high', 1_000);
    const { done, inFlightMax } = consume(() => sleep(20));
    await waitFor('the flood', () => done.high > 2 * slots);
    await add('low', 10);
    await waitFor('the end of the low ones', () => done.low === 10);
    expect(done.high).toBeLessThan(900);
    expect(inFlightMax()).toBeLessThanOrEqual(slots + 2);
  });

  test('go back to who still waits whenever the others have nothing more', async () => {
    await add('low', 3_000);
    const { done, inFlight } = consume(() => sleep(20));
    for (let round = 1; round <= 8; round += 1) {
      for (const priority of ['high', 'normal'] as const) await add(priority, 20);
      await waitFor('the end of the others', () => done.high + done.normal === 40 * round);
      await waitFor('a worker full of low ones', () => inFlight.low === slots, 3_000);
    }
    expect(done.low).toBeLessThan(2_900);
  });

  test('are not kept for a class that has one job at a time', async () => {
    await add('low', 3_000);
    const { done, inFlight } = consume(() => sleep(20));
    await waitFor('a full worker', () => inFlight.low === slots);
    const seen: number[] = [];
    const sampling = setInterval(() => seen.push(inFlight.low), 10);
    for (let turn = 1; turn <= 20; turn += 1) {
      await add('high', 1);
      await waitFor('the job', () => done.high === turn);
    }
    clearInterval(sampling);
    // Its weight's part would leave one or two.
    expect(seen.reduce((total, each) => total + each, 0) / seen.length).toBeGreaterThan(slots / 2);
  });
});

describe('a job', () => {
  test('of an earlier version is one of the usual class, and nothing of it is left', async () => {
    const seen: Delivery[] = [];
    const { done } = consume(async (delivery) => seen.push(delivery));
    const { priority: _priority, keepMs: _keepMs, ...old } = testJob();
    await open('normal').add('predict', old, { jobId: old.id, removeOnComplete: true });
    await waitFor('the job', () => done.normal === 1);
    expect(seen).toEqual([{ job: { ...old, priority: 'normal', keepMs: 60_000 }, isLast: true }]);
    await waitFor('the end', async () => (await world.redis.exists(open('normal').toKey(old.id))) === 0);
  });

  test('that fails comes again, and knows when it is for the last time', async () => {
    const last: boolean[] = [];
    consume(async ({ isLast }) => {
      last.push(isLast);
      throw new Error('trouble');
    });
    await add('high', 1, jobAttemptsMax);
    await waitFor('the last failure', async () => (await open('high').getFailedCount()) === 1);
    expect(last).toEqual([false, false, false, true]);
  });

  test('that is set aside does not come again', async () => {
    let runs = 0;
    consume(async () => {
      runs += 1;
      throw new SetAsideError({ together: 1, alone: 3 });
    });
    await add('low', 1, jobAttemptsMax);
    await waitFor('the failed set', async () => (await open('low').getFailedCount()) === 1);
    await sleep(100);
    expect(runs).toBe(1);
  });
});

test('a consumer that closes takes no more of any class, and ends what it has', async () => {
  const { promise: released, resolve: release } = Promise.withResolvers<void>();
  const { consumer, inFlight, done } = consume(() => released);
  await add('normal', 1);
  await waitFor('the job', () => inFlight.normal === 1);
  expect(consumer.isTakingJobs).toBe(true);
  let isClosed = false;
  const closed = consumer.close(false).then(() => (isClosed = true));
  expect(consumer.isTakingJobs).toBe(false);
  for (const priority of priorities) await add(priority, 1);
  await sleep(100);
  expect(isClosed).toBe(false);
  release();
  await closed;
  expect(done).toEqual({ high: 0, normal: 1, low: 0 });
  for (const { waiting } of await consumer.look()) expect(waiting).toBe(1);
});
