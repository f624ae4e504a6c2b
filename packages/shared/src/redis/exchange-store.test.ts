import { randomUUID } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import { roomyLimits, testJob, testResult, useRedis } from '../../../../tests/support/exchange.ts';
import { canceledResult, failedResult, keysOf, type Job } from '../contract/index.ts';
import { ExchangeStore } from './exchange-store.ts';

const world = useRedis();
const keys = keysOf('test');
const newStore = () => new ExchangeStore(world.redis, keys);

async function admitted(fields: Partial<Job> = {}): Promise<Job> {
  const job = testJob(fields);
  await newStore().admit({ job }, Buffer.alloc(10, 7), roomyLimits);
  return job;
}

describe('answers', () => {
  test('many come in one go, and those that are not there are left out', async () => {
    const [first, missing, second] = [testJob(), testJob(), testJob()];
    const store = newStore();
    await store.publishResult(testResult(first.id), first);
    await store.publishResult(canceledResult(second.id, 'left'), second);
    expect([...(await store.getResults([first.id, missing.id, second.id]))]).toEqual([
      [first.id, testResult(first.id)],
      [second.id, canceledResult(second.id, 'left')],
    ]);
    expect(await store.getResults([])).toEqual(new Map());
    expect(await store.getResult(missing.id)).toBeUndefined();
  });

  test('in words unknown here are answers still', async () => {
    const job = testJob();
    await world.redis.set(keys.result(job.id), '{"status":"of a later version"}');
    const unreadable = failedResult(job.id, 'internal', 'the answer cannot be read');
    expect(await newStore().getResult(job.id)).toEqual(unreadable);
    expect(await newStore().look(job.id)).toEqual({ kind: 'answered', result: unreadable });
    expect(await newStore().publishResult(testResult(job.id), job)).toEqual(unreadable);
  });
});

describe('an answer that is only for what is owed', () => {
  test('is the answer of an open prediction', async () => {
    const job = await admitted();
    const result = testResult(job.id);
    expect(await newStore().publishResult(result, job, { isOnlyIfOwed: true })).toBe(result);
    expect(await newStore().getResult(job.id)).toEqual(result);
  });

  test('gives way to the one that stands', async () => {
    const job = await admitted();
    await newStore().publishResult(testResult(job.id), job);
    const late = canceledResult(job.id, 'late');
    expect(await newStore().publishResult(late, job, { isOnlyIfOwed: true })).toEqual(testResult(job.id));
  });

  test('is not written once the first is no longer kept, and what was left behind still goes', async () => {
    const store = newStore();
    const job = await admitted();
    await store.publishResult(testResult(job.id), job);
    await world.redis.del(keys.result(job.id));
    await store.markStart(job.id, 'together', 60_000);
    const late = canceledResult(job.id, 'late');
    expect(await store.publishResult(late, job, { isOnlyIfOwed: true, isEnding: true })).toBeUndefined();
    expect(await world.redis.exists(keys.result(job.id), keys.started(job.id))).toBe(0);
    expect(await store.publishResult(late, job)).toBe(late);
  });
});

test('bytes that are gone are null', async () => {
  expect(await newStore().fetchUpload(randomUUID())).toBeNull();
});

describe('a look', () => {
  test('at what nobody knows finds nothing, and no more when the answer has expired', async () => {
    const store = newStore();
    expect(await store.look(randomUUID())).toBeUndefined();
    const job = await admitted({ keepMs: 1 });
    await store.publishResult(testResult(job.id), job);
    await new Promise((resolve) => setTimeout(resolve, 10));
    expect(await store.look(job.id)).toBeUndefined();
  });

  test('at an open prediction shows all that was accepted, and whether a worker has begun it', async () => {
    const store = newStore();
    const job = testJob({ options: { classes: ['a "b" c\nd'] }, priority: 'low' });
    const open = { job, webhook: { url: 'https://hooks.test/', secret: 'whsec_c2VjcmV0' } };
    await store.admit(open, Buffer.alloc(1), roomyLimits);
    const look = { kind: 'open', open, isRunning: false, ahead: 0 };
    expect(await store.look(job.id)).toEqual(look);
    await store.markStart(job.id, 'together', 60_000);
    expect(await store.look(job.id)).toEqual({ ...look, isRunning: true });
  });

  test('at an answered one shows the answer that stands', async () => {
    const store = newStore();
    const job = await admitted();
    await store.publishResult(testResult(job.id), job);
    expect(await store.look(job.id)).toEqual({ kind: 'answered', result: testResult(job.id) });
  });

  test('tells how many of its model and class are before it, who are fewer with every answer', async () => {
    const store = newStore();
    const others = [await admitted({ model: 'other' }), await admitted({ priority: 'high' })];
    const queue = [await admitted(), await admitted(), await admitted()];
    const places = async () =>
      Promise.all(
        queue.map(async ({ id }) => {
          const look = await store.look(id);
          return look?.kind === 'open' ? look.ahead : look?.kind;
        }),
      );
    expect(await places()).toEqual([0, 1, 2]);
    for (const job of others) await store.publishResult(testResult(job.id), job);
    expect(await places()).toEqual([0, 1, 2]);
    await store.publishResult(testResult(queue[0]!.id), queue[0]!);
    expect(await places()).toEqual(['answered', 0, 1]);
    // Whoever overtakes does not make anybody's place less than the first.
    await store.publishResult(testResult(queue[2]!.id), queue[2]!);
    expect(await places()).toEqual(['answered', 0, 'answered']);
  });

  test('at a row that only another version can read finds nothing', async () => {
    const ids = [randomUUID(), randomUUID(), randomUUID()];
    const rows = ['10 tiny', '1 10 normal tiny {"job":{}}', '1 10 normal tiny {broken'];
    for (const [index, id] of ids.entries()) {
      await world.redis.hset(keys.ledgerRows, id, rows[index]!);
      expect(await newStore().look(id)).toBeUndefined();
    }
  });
});

describe('a watch', () => {
  test('is known to everybody until the last has turned away', async () => {
    const store = newStore();
    const id = randomUUID();
    expect(await store.isWatched(id)).toBe(false);
    await store.watch(id, 'gateway-1', 60_000);
    await store.watch(id, 'gateway-2', 60_000);
    expect(await newStore().isWatched(id)).toBe(true);
    await store.unwatch(id, 'gateway-1');
    expect(await store.isWatched(id)).toBe(true);
    await store.unwatch(id, 'gateway-2');
    expect(await store.isWatched(id)).toBe(false);
  });

  test('of a gateway that died ends by itself', async () => {
    const id = randomUUID();
    await newStore().watch(id, 'gateway-1', 40_000);
    const ttlMs = await world.redis.pttl(keys.watchers(id));
    expect(ttlMs).toBeGreaterThan(35_000);
    expect(ttlMs).toBeLessThanOrEqual(40_000);
  });
});

test('webhooks that are due are listed whole, however many they are', async () => {
  const ids = Array.from({ length: 700 }, () => randomUUID());
  for (const id of ids) await world.redis.hset(keys.webhooks, id, '{}');
  const listed: string[] = [];
  for await (const page of newStore().listWebhooks()) listed.push(...page);
  expect([...new Set(listed)].sort()).toEqual(ids.sort());
});

test('runs are counted by kind, taken back one by one, and forgotten after their time', async () => {
  const job = testJob();
  const { id } = job;
  const store = newStore();
  // What is not in the ledger was answered, and its answer is no longer kept.
  expect((await store.inspect(id)).answered).toBe(true);
  await store.admit({ job }, Buffer.from('picture'), roomyLimits);
  expect(await store.inspect(id)).toEqual({ answered: false, starts: { together: 0, alone: 0 } });
  await store.markStart(id, 'together', 30_000);
  await store.markStart(id, 'alone', 30_000);
  await store.markStart(id, 'alone', 30_000);
  expect(await store.inspect(id)).toEqual({ answered: false, starts: { together: 1, alone: 2 } });
  await store.clearStart(id, 'alone', 40_000);
  expect((await store.inspect(id)).starts).toEqual({ together: 1, alone: 1 });
  const ttlMs = await world.redis.pttl(keys.started(id));
  expect(ttlMs).toBeGreaterThan(30_000);
  expect(ttlMs).toBeLessThanOrEqual(40_000);
  await store.publishResult(testResult(id), job);
  expect(await store.inspect(id)).toEqual({ answered: true, starts: { together: 0, alone: 0 } });
});
