import { deathsAloneMax, redeliveryMarginMs, type Job } from '@shoal/shared/contract';
import type { ExchangeStore } from '@shoal/shared/redis';
import { describe, expect, test } from 'vitest';
import { testJob, testResult, useRedis } from '../../../../tests/support/exchange.ts';
import { SetAsideError, takeJob } from './take-job.ts';
import { testContext, testKeys } from './test-context.ts';

const world = useRedis();
/** A job that is in the ledger. */
async function owedJob(fields: Partial<Job> = {}): Promise<Job> {
  const job = testJob(fields);
  await world.redis.hset(testKeys.ledgerRows, job.id, `1 1 normal ${job.model} {}`);
  return job;
}

const startsOf = async (id: string) => (await testContext(world).exchange.inspect(id)).starts;
const isSettled = (promise: Promise<unknown>) =>
  Promise.race([promise.then(() => true), new Promise<false>((resolve) => setTimeout(resolve, 50, false))]);

describe('a job that comes for the first time', () => {
  test('runs with others and is marked as begun, for as long as it may come again', async () => {
    const context = testContext(world, { now: () => 5_000 });
    const job = await owedJob({ deadlineAtMs: 25_000 });
    const run = await takeJob(job, context);
    expect(run?.takenAtMs).toBe(5_000);
    expect(await startsOf(job.id)).toEqual({ together: 1, alone: 0 });
    const ttlMs = await world.redis.pttl(testKeys.started(job.id));
    expect(ttlMs).toBeGreaterThan(20_000 + redeliveryMarginMs - 2_000);
    expect(ttlMs).toBeLessThanOrEqual(20_000 + redeliveryMarginMs);
    expect(await isSettled(takeJob(await owedJob(), testContext(world, { gate: context.gate })))).toBe(true);
  });

  test('that ends in order without an answer takes its mark back', async () => {
    const job = await owedJob();
    const run = await takeJob(job, testContext(world));
    await run!.clear();
    run!.leave();
    expect(await startsOf(job.id)).toEqual({ together: 0, alone: 0 });
  });
});

test('a job that is answered already is nothing to do, and leaves no mark', async () => {
  const context = testContext(world);
  const job = await owedJob();
  await context.exchange.publishResult(testResult(job.id), job);
  expect(await takeJob(job, context)).toBeUndefined();
  expect(await world.redis.exists(testKeys.started(job.id))).toBe(0);
});

describe('a deadline', () => {
  test('that has passed in the queue costs no run, and holds nobody up', async () => {
    const context = testContext(world, { now: () => 1_000 });
    const job = await owedJob({ deadlineAtMs: 1_000 });
    await expect(takeJob(job, context)).rejects.toMatchObject({ code: 'deadline_exceeded' });
    expect(await startsOf(job.id)).toEqual({ together: 0, alone: 0 });
    expect(await isSettled(context.gate.enter('alone'))).toBe(true);
  });

  test('that passes while the job waits for its turn counts as well', async () => {
    let nowMs = 0;
    const context = testContext(world, { now: () => nowMs });
    const job = await owedJob({ deadlineAtMs: 1_000 });
    const leave = await context.gate.enter('alone');
    const taken = takeJob(job, context);
    expect(await isSettled(taken)).toBe(false);
    nowMs = 1_000;
    leave();
    await expect(taken).rejects.toMatchObject({ code: 'deadline_exceeded' });
  });
});

describe('a job that an earlier run died with', () => {
  test.each(['together', 'alone'] as const)(
    '%s runs alone, after all others and before those that come later',
    async (mode) => {
      const context = testContext(world);
      const suspect = await owedJob();
      await context.exchange.markStart(suspect.id, mode, 60_000);
      const other = await takeJob(await owedJob(), context);
      const taken = takeJob(suspect, context);
      expect(await isSettled(taken)).toBe(false);
      other!.leave();
      const run = await taken;
      expect((await startsOf(suspect.id)).alone).toBe(mode === 'alone' ? 2 : 1);
      const later = takeJob(await owedJob(), context);
      expect(await isSettled(later)).toBe(false);
      await run!.clear();
      expect((await startsOf(suspect.id)).alone).toBe(mode === 'alone' ? 1 : 0);
      run!.leave();
      expect(await isSettled(later)).toBe(true);
    },
  );

  test(`is set aside after ${deathsAloneMax} deaths alone, without another run`, async () => {
    const context = testContext(world);
    const job = await owedJob();
    // The first death is among others. Whoever dies takes no mark back, and the next worker has a gate of its own.
    for (let deaths = 0; deaths <= deathsAloneMax; deaths++) (await takeJob(job, context))!.leave();
    await expect(takeJob(job, context)).rejects.toThrow(SetAsideError);
    expect((await startsOf(job.id)).alone).toBe(deathsAloneMax);
    expect(await isSettled(context.gate.enter('alone'))).toBe(true);
  });

  test('any number of times among others is not set aside: the guilty one may be a neighbour', async () => {
    const context = testContext(world);
    const job = await owedJob();
    for (let deaths = 0; deaths < 10; deaths++) await context.exchange.markStart(job.id, 'together', 60_000);
    expect(await takeJob(job, context)).toBeDefined();
  });
});

test('a Redis without room takes the mark all the same', async () => {
  const context = testContext(world);
  const job = await owedJob();
  await world.redis.config('SET', 'maxmemory', '1');
  try {
    await takeJob(job, context);
  } finally {
    await world.redis.config('SET', 'maxmemory', '0');
  }
  expect((await context.exchange.inspect(job.id)).starts).toEqual({ together: 1, alone: 0 });
});

describe('a mark that cannot be written is trouble, and nobody is held up by it', () => {
  test('where the job comes for the first time', async () => {
    const context = testContext(world);
    const job = await owedJob();
    // Not the kind of key that a mark is.
    await world.redis.set(testKeys.started(job.id), 'in the way');
    await expect(takeJob(job, context)).rejects.toThrow(/WRONGTYPE/);
    expect(await isSettled(context.gate.enter('alone'))).toBe(true);
  });

  test('where it waits for its turn', async () => {
    const context = testContext(world);
    const job = await owedJob();
    const { exchange } = context;
    const leave = await context.gate.enter('alone');
    const inspected = Object.assign(Object.create(exchange) as ExchangeStore, {
      inspect: async () => exchange.inspect(job.id),
      markStart: exchange.markStart.bind(exchange),
    });
    const taken = takeJob(job, { ...context, exchange: inspected });
    expect(await isSettled(taken)).toBe(false);
    await world.redis.set(testKeys.started(job.id), 'in the way');
    leave();
    await expect(taken).rejects.toThrow(/WRONGTYPE/);
    expect(await isSettled(context.gate.enter('alone'))).toBe(true);
  });
});

test('the bytes of a job that comes for the first time are fetched while it is marked, and of no other', async () => {
  const context = testContext(world);
  const job = await owedJob();
  await world.redis.set(testKeys.upload(job.id), 'picture');
  const run = await takeJob(job, context);
  expect(String(await run!.takeBytes())).toBe('picture');
  run!.leave();
  const again = await takeJob(job, context);
  expect(again!.takeBytes()).toBeUndefined();
});
