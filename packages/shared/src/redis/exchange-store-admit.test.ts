import { array, assert, asyncProperty, constant, constantFrom, integer, oneof, record } from 'fast-check';
import { describe, expect, test } from 'vitest';
import { roomyLimits, testJob, testResult, useRedis } from '../../../../tests/support/exchange.ts';
import { keysOf, ledgerKeptMs, priorities, redeliveryMarginMs, type Job } from '../contract/index.ts';
import { ExchangeStore, type AdmitLimits } from './exchange-store.ts';
import { countRows, readAll, readFigures } from './test-ledger.ts';

const world = useRedis();
const keys = keysOf('test');
const newStore = () => new ExchangeStore(world.redis, keys);
const admit = (job: Job, size: number, limits: Partial<AdmitLimits> = {}, digest?: string) =>
  newStore().admit({ job }, Buffer.alloc(size, 7), { ...roomyLimits, ...limits }, digest);
const figures = () => readFigures(world.redis, keys);
const accepted = (ahead = 0) => ({ kind: 'accepted', ahead });

describe('a picture that is admitted', () => {
  test('is there as it came, for longer than its deadline, and its row longer still', async () => {
    const job = testJob({ acceptedAtMs: 5_000, deadlineAtMs: 35_000 });
    const bytes = Buffer.from([0, 255, 13, 10, 0, 128]);
    expect(await newStore().admit({ job }, bytes, roomyLimits)).toEqual(accepted());
    expect(await newStore().fetchUpload(job.id)).toEqual(bytes);
    const uploadTtlMs = 30_000 + redeliveryMarginMs;
    const ttlMs = await world.redis.pttl(keys.upload(job.id));
    expect(ttlMs).toBeGreaterThan(uploadTtlMs - 5_000);
    expect(ttlMs).toBeLessThanOrEqual(uploadTtlMs);
    expect(await world.redis.zrange(keys.ledger, '0', '-1', 'WITHSCORES')).toEqual([job.id, '35000']);
    for (const key of [keys.ledger, keys.ledgerRows, keys.ledgerTotals]) {
      expect(await world.redis.pttl(key)).toBeGreaterThan(uploadTtlMs + ledgerKeptMs - 5_000);
    }
  });

  test('is owed until it is answered, however long its deadline has passed', async () => {
    const nowMs = Date.now();
    const old = testJob({ acceptedAtMs: nowMs - 7_200_000, deadlineAtMs: nowMs - 3_600_000 });
    await admit(old, 10);
    expect(await admit(testJob(), 10, { jobsMax: 1 })).toMatchObject({ kind: 'refused', limit: 'jobs' });
    expect(await newStore().look(old.id)).toMatchObject({ kind: 'open', open: { job: old } });
    await newStore().publishResult(testResult(old.id), old);
    expect(await admit(testJob(), 10, { jobsMax: 1 })).toEqual(accepted());
  });

  test('does not shorten the life of the ledger when its own is short', async () => {
    const job = testJob();
    await admit({ ...job, deadlineAtMs: job.acceptedAtMs + 100_000_000 }, 1);
    await admit(testJob(), 1);
    expect(await world.redis.pttl(keys.ledgerRows)).toBeGreaterThan(100_000_000 + ledgerKeptMs);
  });

  test('twice under one id is one picture, also where there is no room for a second', async () => {
    const job = testJob();
    await admit(job, 10);
    await admit(testJob({ priority: 'low' }), 5);
    const tight = { jobsMax: 1, modelJobsMax: 1, bytesMax: 10, modelBytesMax: 10, aheadMax: 0 };
    expect(await admit(job, 10, tight)).toMatchObject({ kind: 'accepted' });
    expect(await figures()).toEqual({
      jobs: 2,
      bytes: 15,
      'jobs tiny': 2,
      'bytes tiny': 15,
      'open normal tiny': 1,
      'open low tiny': 1,
    });
  });
});

describe('limits', () => {
  test.each([
    ['model jobs', { modelJobsMax: 2 }],
    ['model bytes', { modelBytesMax: 29 }],
    ['jobs', { jobsMax: 3 }],
    ['bytes', { bytesMax: 39 }],
    ['wait', { aheadMax: 1 }],
  ] as const)('above that of %s a picture is refused, and nothing of it is stored', async (limit, limits) => {
    await admit(testJob({ model: 'other' }), 10);
    await admit(testJob(), 10);
    await admit(testJob(), 10);
    const before = await readAll(world.redis);
    expect(await admit(testJob(), 10, limits, 'd1')).toEqual({ kind: 'refused', limit, modelJobs: 2 });
    expect(await readAll(world.redis)).toEqual(before);
    const [[name, max]] = Object.entries(limits) as [[keyof AdmitLimits, number]];
    expect(await admit(testJob(), 10, { [name]: max + 1 })).toEqual(accepted(2));
  });

  test('of a model do not count what waits for another', async () => {
    await admit(testJob({ model: 'other' }), 10);
    const limits = { modelJobsMax: 1, modelBytesMax: 10, aheadMax: 0 };
    expect(await admit(testJob(), 10, limits)).toEqual(accepted());
  });

  test('of the wait count only those of the same class, and only who is not answered', async () => {
    const store = newStore();
    const [first, second] = [testJob({ priority: 'high' }), testJob({ priority: 'high' })];
    await admit(first, 1);
    await admit(second, 1);
    await admit(testJob({ priority: 'normal' }), 1);
    expect(await admit(testJob({ priority: 'low' }), 1, { aheadMax: 0 })).toEqual(accepted());
    expect(await admit(testJob({ priority: 'high' }), 1, { aheadMax: 1 })).toMatchObject({ limit: 'wait' });
    await store.publishResult(testResult(first.id), first);
    expect(await admit(testJob({ priority: 'high' }), 1, { aheadMax: 1 })).toEqual(accepted(1));
  });
});

describe("a caller's key", () => {
  const claim = 'ab'.repeat(32);
  const claimed = (fields: Partial<Job> = {}) => testJob({ claim, ...fields });

  test('stands for its prediction as long as that may take, and its answer is kept then', async () => {
    const job = claimed({ keepMs: 600_000 });
    expect(await admit(job, 10, {}, 'd1')).toEqual(accepted());
    expect(await world.redis.get(keys.claim(claim))).toBe(`${job.id} d1`);
    const ttlMs = await world.redis.pttl(keys.claim(claim));
    const openMs = job.deadlineAtMs + redeliveryMarginMs - job.acceptedAtMs;
    expect(ttlMs).toBeGreaterThan(openMs + 595_000);
    expect(ttlMs).toBeLessThanOrEqual(openMs + 600_000);
  });

  test('leads the same request to the first prediction, though there is no room, and stores nothing', async () => {
    const first = claimed();
    await admit(first, 10, {}, 'd1');
    const full = { jobsMax: 1, modelJobsMax: 1, bytesMax: 10, modelBytesMax: 10, aheadMax: 0 };
    for (const state of ['open', 'answered']) {
      if (state === 'answered') await newStore().publishResult(testResult(first.id), first);
      const before = await readAll(world.redis);
      expect(await admit(claimed(), 10, full, 'd1')).toEqual({ kind: 'claimed', id: first.id });
      expect(await readAll(world.redis)).toEqual(before);
    }
  });

  test('is refused for another request, which stores nothing', async () => {
    await admit(claimed(), 10, {}, 'd1');
    const before = await readAll(world.redis);
    expect(await admit(claimed(), 10, {}, 'd2')).toEqual({ kind: 'reused' });
    expect(await readAll(world.redis)).toEqual(before);
  });

  test('of a prediction that is lost takes the same one again, under the same id', async () => {
    const first = claimed();
    await world.redis.set(keys.claim(claim), `${first.id} d1`);
    expect(await admit(claimed(), 10, {}, 'd1')).toEqual({ kind: 'claimed', id: first.id });
    expect(await admit(first, 10, {}, 'd1')).toEqual(accepted());
    expect(await admit(first, 10, {}, 'd1')).toEqual({ kind: 'claimed', id: first.id });
  });

  test('of a prediction that was answered meanwhile leads to its answer, and takes nothing in again', async () => {
    const job = claimed();
    await newStore().publishResult(testResult(job.id), job);
    const before = await readAll(world.redis);
    expect(await admit(job, 10, {}, 'd1')).toEqual({ kind: 'claimed', id: job.id });
    expect(await readAll(world.redis)).toEqual(before);
  });

  test('is not spent by a request that is refused for want of room', async () => {
    expect(await admit(claimed(), 10, { bytesMax: 9 }, 'd1')).toMatchObject({ kind: 'refused' });
    expect(await admit(claimed(), 10, {}, 'd2')).toEqual(accepted());
  });

  test('of one caller is nothing to those without', async () => {
    await admit(claimed(), 10, {}, 'd1');
    expect(await admit(testJob(), 10)).toEqual(accepted(1));
    expect(await admit(testJob(), 10)).toEqual(accepted(2));
  });
});

test('whatever happens in whatever order, the figures are the sums over the rows, and within the limits', async () => {
  const limits = { modelJobsMax: 4, modelBytesMax: 60, jobsMax: 6, bytesMax: 90, aheadMax: 2 };
  const models = ['a', 'b', 'b-2'];
  const step = oneof(
    {
      weight: 2,
      arbitrary: record({
        do: constant('admit'),
        model: constantFrom(...models),
        priority: constantFrom(...priorities),
        size: integer({ min: 0, max: 30 }),
      }),
    },
    { weight: 1, arbitrary: record({ do: constant('publish'), which: integer({ min: 0, max: 8 }) }) },
  );
  await assert(
    asyncProperty(array(step, { minLength: 5, maxLength: 40 }), async (steps) => {
      await world.redis.flushall();
      const store = newStore();
      const jobs: Job[] = [];
      for (const action of steps) {
        if ('model' in action) {
          const job = testJob({ model: action.model, priority: action.priority });
          jobs.push(job);
          await store.admit({ job }, Buffer.alloc(action.size), limits);
        } else {
          const job = jobs.at(-1 - action.which);
          if (job) await store.publishResult(testResult(job.id), job);
        }
        const sums = await figures();
        const of = (name: string) => sums[name] ?? 0;
        expect(sums).toEqual(await countRows(world.redis, keys));
        expect(await world.redis.zcard(keys.ledger)).toBe(of('jobs'));
        expect(of('jobs')).toBeLessThanOrEqual(limits.jobsMax);
        expect(of('bytes')).toBeLessThanOrEqual(limits.bytesMax);
        for (const model of models) {
          expect(of(`jobs ${model}`)).toBeLessThanOrEqual(limits.modelJobsMax);
          expect(of(`bytes ${model}`)).toBeLessThanOrEqual(limits.modelBytesMax);
          for (const priority of priorities) {
            expect(of(`open ${priority} ${model}`)).toBeLessThanOrEqual(limits.aheadMax + 1);
          }
        }
      }
    }),
    { numRuns: 25 },
  );
});
