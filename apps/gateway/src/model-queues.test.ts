import { jobAttemptsMax, keysOf, priorities, type Job } from '@shoal/shared/contract';
import { connectConsumer, connectProducer, type Redis } from '@shoal/shared/redis';
import { Worker } from 'bullmq';
import { afterEach, beforeEach, describe, expect, onTestFinished, test } from 'vitest';
import { testJob, useRedis } from '../../../tests/support/exchange.ts';
import { waitFor } from '../../../tests/support/wait-for.ts';
import { ModelQueues } from './model-queues.ts';

const world = useRedis();
const keys = keysOf('test');
let producer: Redis;
let queues: ModelQueues;

beforeEach(async () => {
  producer = world.adopt(connectProducer(world.server.url, 1_000));
  queues = new ModelQueues(producer, keys, 1_000);
  await waitFor('the connection', () => producer.status === 'ready');
});

afterEach(async () => {
  await queues.close().catch(() => undefined);
  producer.disconnect();
});

async function added(fields: Partial<Job> = {}): Promise<Job> {
  const job = testJob(fields);
  await queues.add(job);
  return job;
}

const keyOf = (name: string, ...parts: string[]) => [`${keys.queuePrefix}:${name}`, ...parts].join(':');
const waiting = (name: string) => world.redis.lrange(keyOf(name, 'wait'), 0, -1);

/** A worker of the model that holds what it takes, until the test is over; `fails` ends it instead. */
async function taken(job: Job, fails = false): Promise<void> {
  const connection = world.adopt(connectConsumer(world.server.url));
  const { promise: released, resolve: release } = Promise.withResolvers<void>();
  const seen: string[] = [];
  const worker = new Worker(
    keys.queueName(job.model, job.priority),
    async ({ id }) => {
      seen.push(id!);
      if (fails) throw new Error('trouble');
      await released;
    },
    { connection, prefix: keys.queuePrefix, concurrency: 9 },
  );
  worker.on('error', () => undefined);
  onTestFinished(async () => {
    release();
    await worker.close();
    connection.disconnect();
  });
  await waitFor('the job to be taken', () => seen.includes(job.id));
}

describe('a job', () => {
  test('waits in the queue of its model and class, with what a worker needs to know', async () => {
    const jobs = await Promise.all(priorities.map((priority) => added({ priority })));
    const other = await added({ model: 'other' });
    const [high, normal, low] = jobs.map(({ id }) => id);
    expect(await Promise.all(['tiny@high', 'tiny', 'tiny@low'].map(waiting))).toEqual([
      [high],
      [normal],
      [low],
    ]);
    expect(await waiting('other')).toEqual([other.id]);
    const stored = await world.redis.hgetall(keyOf('tiny@high', high!));
    expect(JSON.parse(stored['data']!)).toEqual(jobs[0]);
    expect(JSON.parse(stored['opts']!)).toMatchObject({ attempts: jobAttemptsMax });
  });

  test('that is added again is the same job', async () => {
    const job = await added();
    await queues.add({ ...job, requestId: 'another' });
    expect(await waiting('tiny')).toEqual([job.id]);
    expect(await queues.depth('tiny')).toMatchObject({ waiting: 1 });
  });

  test('that nobody has taken is taken out, and only that one', async () => {
    const [one, other, low] = [await added(), await added(), await added({ priority: 'low' })];
    await queues.remove(one);
    await queues.remove(low);
    expect(await waiting('tiny')).toEqual([other.id]);
    expect(await waiting('tiny@low')).toEqual([]);
    expect(await world.redis.exists(keyOf('tiny', one.id))).toBe(0);
    await queues.remove(testJob());
  });

  test('that a worker holds stays with it', async () => {
    const job = await added({ priority: 'high' });
    await taken(job);
    await queues.remove(job).catch(() => undefined);
    expect(await world.redis.exists(keyOf('tiny@high', job.id))).toBe(1);
  });
});

describe('stranded', () => {
  test('are those that no queue knows, in whatever state the others are', async () => {
    const [waits, runs, retried] = [
      await added(),
      await added({ priority: 'high' }),
      await added({ priority: 'low' }),
    ];
    await taken(runs);
    await taken(retried, true);
    const lost = [testJob(), testJob({ priority: 'high' }), testJob({ model: 'other' })];
    expect(await queues.stranded([lost[0]!, waits, lost[1]!, runs, retried, lost[2]!])).toEqual({
      missing: lost,
      failed: [],
    });
    expect(await queues.stranded([])).toEqual({ missing: [], failed: [] });
  });

  test('is one that another class has under the same id', async () => {
    const job = await added({ priority: 'high' });
    const moved = { ...job, priority: 'low' } as const;
    expect(await queues.stranded([job, moved])).toEqual({ missing: [moved], failed: [] });
  });

  test('are those that their queue has given up', async () => {
    const [job, other] = [await added(), await added()];
    await world.redis.zadd(`${keys.queuePrefix}:tiny:failed`, Date.now(), job.id);
    expect(await queues.stranded([job, other])).toEqual({ missing: [], failed: [job] });
  });
});

describe('figures', () => {
  test('of a model are the sums over its classes, and the age of the oldest', async () => {
    expect(await queues.figures('tiny')).toEqual({ waiting: 0, active: 0, oldestMs: 0, failed: 0 });
    await added({ priority: 'low' });
    await new Promise((resolve) => setTimeout(resolve, 200));
    await added();
    await added();
    const running = await added({ priority: 'high' });
    await taken(running);
    await added({ model: 'other' });
    const { oldestMs, ...figures } = await queues.figures('tiny');
    expect(figures).toEqual({ waiting: 3, active: 1, failed: 0 });
    expect(oldestMs).toBeGreaterThanOrEqual(200);
    expect(oldestMs).toBeLessThan(10_000);
    expect(await queues.depth('tiny')).toMatchObject({ waiting: 3, active: 1 });
  });

  test('count what waits to be tried again as waiting', async () => {
    await taken(await added(), true);
    await waitFor('the end of the try', async () => (await queues.figures('tiny')).active === 0);
    expect(await queues.figures('tiny')).toMatchObject({ waiting: 1, failed: 0 });
  });
});

test('a Redis that does not answer holds nobody up', async () => {
  await added();
  await world.server.pause();
  try {
    const startMs = performance.now();
    const asked = [added(), queues.stranded([testJob()]), queues.figures('tiny'), queues.remove(testJob())];
    const ends = await Promise.allSettled(asked);
    expect(ends.map(({ status }) => status)).toEqual(asked.map(() => 'rejected'));
    expect(performance.now() - startMs).toBeLessThan(3_000);
  } finally {
    await world.server.resume();
  }
});
