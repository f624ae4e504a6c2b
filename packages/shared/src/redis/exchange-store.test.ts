import { randomUUID } from 'node:crypto';
import { array, assert, asyncProperty, constantFrom, integer, oneof, record, constant } from 'fast-check';
import { describe, expect, test } from 'vitest';
import { testJob, testResult, useRedis } from '../../../../tests/support/exchange.ts';
import { canceledResult, failedResult, keysOf, type Job } from '../contract/index.ts';
import { connectConsumer } from './connect.ts';
import { ExchangeStore, type AdmitLimits } from './exchange-store.ts';

const world = useRedis();
const keys = keysOf('test');
const resultTtlMs = 90_000;
const newStore = () => new ExchangeStore(world.redis, keys, resultTtlMs);

const roomy: AdmitLimits = { modelJobsMax: 100, modelBytesMax: 10_000, jobsMax: 100, bytesMax: 10_000 };
const admit = (job: Job, size: number, limits: Partial<AdmitLimits> = {}, nowMs = 1_000, ttlMs = 60_000) =>
  newStore().admit(job, Buffer.alloc(size, 7), nowMs, nowMs + ttlMs, { ...roomy, ...limits });

/** Everything that Redis holds, in its own serialised form. */
async function contents(): Promise<Record<string, string>> {
  const names = (await world.redis.keys('*')).sort();
  const dumps = await Promise.all(names.map((name) => world.redis.dumpBuffer(name)));
  return Object.fromEntries(names.map((name, index) => [name, dumps[index]!.toString('hex')]));
}

/** The totals as they should be: the sums over the rows; sums of zero are as good as none. */
async function sumsOverRows(): Promise<Record<string, number>> {
  const sums: Record<string, number> = { jobs: 0, bytes: 0 };
  for (const row of Object.values(await world.redis.hgetall(keys.ledgerRows))) {
    const [size, model] = row.split(' ');
    for (const suffix of ['', ` ${model}`]) {
      sums[`jobs${suffix}`] = (sums[`jobs${suffix}`] ?? 0) + 1;
      sums[`bytes${suffix}`] = (sums[`bytes${suffix}`] ?? 0) + Number(size);
    }
  }
  return sums;
}

async function totals(): Promise<Record<string, number>> {
  const fields = Object.entries(await world.redis.hgetall(keys.ledgerTotals));
  return { jobs: 0, bytes: 0, ...Object.fromEntries(fields.map(([name, sum]) => [name, Number(sum)])) };
}

describe('admit', () => {
  test('the bytes are there as they came, for as long as they were admitted, with a row in the ledger', async () => {
    const job = testJob();
    const bytes = Buffer.from([0, 255, 13, 10, 0, 128]);
    expect(await newStore().admit(job, bytes, 5_000, 65_000, roomy)).toBeUndefined();
    expect(await newStore().fetchUpload(job.id)).toEqual(bytes);
    const ttlMs = await world.redis.pttl(keys.upload(job.id));
    expect(ttlMs).toBeGreaterThan(55_000);
    expect(ttlMs).toBeLessThanOrEqual(60_000);
    expect(await world.redis.zrange(keys.ledger, '0', '-1', 'WITHSCORES')).toEqual([job.id, '65000']);
    for (const key of [keys.ledger, keys.ledgerRows, keys.ledgerTotals]) {
      expect(await world.redis.pttl(key)).toBeGreaterThan(55_000);
    }
  });

  test('a short-lived row does not shorten the life of the ledger', async () => {
    await admit(testJob(), 1, {}, 1_000, 100_000);
    await admit(testJob(), 1, {}, 1_000, 5_000);
    expect(await world.redis.pttl(keys.ledgerRows)).toBeGreaterThan(90_000);
  });

  test.each([
    ['model jobs', { modelJobsMax: 2 }],
    ['model bytes', { modelBytesMax: 29 }],
    ['jobs', { jobsMax: 3 }],
    ['bytes', { bytesMax: 39 }],
  ] as const)(
    'a picture above the limit of %s is refused, and nothing of it is stored',
    async (limit, limits) => {
      await admit(testJob({ model: 'other' }), 10);
      await admit(testJob(), 10);
      await admit(testJob(), 10);
      const before = await contents();
      expect(await admit(testJob(), 10, limits)).toBe(limit);
      expect(await contents()).toEqual(before);
      const [[name, max]] = Object.entries(limits) as [[keyof AdmitLimits, number]];
      expect(await admit(testJob(), 10, { [name]: max + 1 })).toBeUndefined();
    },
  );

  test('the limits of a model do not count what waits for another', async () => {
    await admit(testJob({ model: 'other' }), 10);
    expect(await admit(testJob(), 10, { modelJobsMax: 1, modelBytesMax: 10 })).toBeUndefined();
  });

  test('rows whose time is over make room first', async () => {
    const [old, young] = [testJob(), testJob({ model: 'other' })];
    await admit(old, 10, {}, 1_000, 4_000);
    await admit(young, 20, {}, 1_000, 4_001);
    expect(await admit(testJob(), 30, { jobsMax: 2, bytesMax: 50 }, 4_999)).toBe('jobs');
    expect(await admit(testJob(), 30, { jobsMax: 2, bytesMax: 50 }, 5_000)).toBeUndefined();
    expect(await totals()).toEqual({
      jobs: 2,
      bytes: 50,
      'jobs other': 1,
      'bytes other': 20,
      'jobs tiny': 1,
      'bytes tiny': 30,
    });
    expect(await world.redis.hexists(keys.ledgerRows, old.id)).toBe(0);
  });

  test('the same id twice is one picture, also where there is no room for a second', async () => {
    const job = testJob();
    await admit(job, 10);
    expect(
      await admit(job, 10, { jobsMax: 1, modelJobsMax: 1, bytesMax: 10, modelBytesMax: 10 }),
    ).toBeUndefined();
    expect(await totals()).toEqual({ jobs: 1, bytes: 10, 'jobs tiny': 1, 'bytes tiny': 10 });
  });

  test('whatever happens in whatever order, the totals are the sums over the rows, and within the limits', async () => {
    const limits: AdmitLimits = { modelJobsMax: 4, modelBytesMax: 60, jobsMax: 6, bytesMax: 90 };
    const models = ['a', 'b', 'b-2'];
    const step = oneof(
      {
        weight: 4,
        arbitrary: record({
          do: constant('admit'),
          model: constantFrom(...models),
          size: integer({ min: 0, max: 30 }),
          hours: integer({ min: 1, max: 6 }),
        }),
      },
      { weight: 2, arbitrary: record({ do: constant('publish'), which: integer({ min: 0, max: 8 }) }) },
      { weight: 1, arbitrary: record({ do: constant('wait'), hours: integer({ min: 1, max: 3 }) }) },
    );
    await assert(
      asyncProperty(array(step, { minLength: 5, maxLength: 40 }), async (steps) => {
        await world.redis.flushall();
        const store = newStore();
        const jobs: Job[] = [];
        let nowMs = 0;
        for (const action of steps) {
          if ('model' in action) {
            const job = testJob({ model: action.model });
            jobs.push(job);
            await store.admit(
              job,
              Buffer.alloc(action.size),
              nowMs,
              nowMs + action.hours * 3_600_000,
              limits,
            );
          } else if ('which' in action) {
            const job = jobs.at(-1 - action.which);
            if (job) await store.publishResult(testResult(job.id), 'gateway-1');
          } else {
            nowMs += action.hours * 3_600_000;
          }
          const sums = await totals();
          expect(sums).toEqual(await sumsOverRows());
          expect(await world.redis.zcard(keys.ledger)).toBe(sums['jobs']);
          expect(sums['jobs']).toBeLessThanOrEqual(limits.jobsMax);
          expect(sums['bytes']).toBeLessThanOrEqual(limits.bytesMax);
          for (const model of models) {
            expect(sums[`jobs ${model}`] ?? 0).toBeLessThanOrEqual(limits.modelJobsMax);
            expect(sums[`bytes ${model}`] ?? 0).toBeLessThanOrEqual(limits.modelBytesMax);
          }
        }
      }),
      { numRuns: 25 },
    );
  });
});

describe('publishResult', () => {
  test('of many who answer at once one is first, and everybody is given the answer that stands', async () => {
    const id = randomUUID();
    const stores = [1, 2, 3].map(
      () => new ExchangeStore(world.adopt(connectConsumer(world.server.url)), keys, resultTtlMs),
    );
    const answers = Array.from({ length: 12 }, (_, n) => failedResult(id, 'model_failed', `writer ${n}`));
    const told = await Promise.all(
      answers.map((answer, n) => stores[n % 3]!.publishResult(answer, 'gateway-1')),
    );
    const standing = await newStore().getResult(id);
    expect(answers).toContainEqual(standing);
    for (const each of told) expect(each).toEqual(standing);
    // Whoever was first gets back the very object that was handed in; that is how it knows.
    expect(told.filter((each, n) => each === answers[n])).toHaveLength(1);
  });

  test('bytes, ledger row and mark stay until there is an answer, and go with it', async () => {
    const job = testJob();
    const store = newStore();
    await admit(job, 10);
    await store.markStart(job.id, 'together', 60_000);
    await store.inspect(job.id);
    const ours = [keys.upload(job.id), keys.started(job.id), keys.ledger, keys.ledgerRows];
    expect(await world.redis.exists(...ours)).toBe(4);
    await store.publishResult(testResult(job.id), 'gateway-1');
    expect(await world.redis.exists(...ours)).toBe(0);
    expect(await totals()).toEqual({ jobs: 0, bytes: 0 });
  });

  test('who comes second still tidies up, and leaves the answer and its time as they are', async () => {
    const job = testJob();
    const store = newStore();
    await store.publishResult(testResult(job.id), 'gateway-1');
    await world.redis.pexpire(keys.result(job.id), 50_000);
    await admit(job, 10);
    expect(await store.publishResult(canceledResult(job.id, 'too late'), 'gateway-1')).toEqual(
      testResult(job.id),
    );
    expect(await world.redis.exists(keys.upload(job.id))).toBe(0);
    expect(await totals()).toEqual({ jobs: 0, bytes: 0 });
    expect(await world.redis.pttl(keys.result(job.id))).toBeLessThanOrEqual(50_000);
  });

  test('a row of no bytes is taken back like any other', async () => {
    const job = testJob();
    await admit(job, 0);
    await admit(testJob(), 10);
    await newStore().publishResult(testResult(job.id), 'gateway-1');
    expect(await totals()).toEqual({ jobs: 1, bytes: 10, 'jobs tiny': 1, 'bytes tiny': 10 });
  });

  test('a Redis that is full takes no more pictures, but still takes answers', async () => {
    const job = testJob();
    await admit(job, 10);
    await world.redis.config('SET', 'maxmemory', '1');
    try {
      await expect(admit(testJob(), 10)).rejects.toThrow(/OOM/);
      await newStore().publishResult(testResult(job.id), 'gateway-1');
    } finally {
      await world.redis.config('SET', 'maxmemory', '0');
    }
    expect(await newStore().getResult(job.id)).toEqual(testResult(job.id));
    expect(await totals()).toEqual({ jobs: 0, bytes: 0 });
  });

  test('an answer stays as long as it was said to', async () => {
    const id = randomUUID();
    await newStore().publishResult(testResult(id), 'gateway-1');
    const ttlMs = await world.redis.pttl(keys.result(id));
    expect(ttlMs).toBeGreaterThan(resultTtlMs - 5_000);
    expect(ttlMs).toBeLessThanOrEqual(resultTtlMs);
  });

  test('the gateway that waits is woken on its own channel, also by the one who came second', async () => {
    const subscriber = world.adopt(connectConsumer(world.server.url));
    const heard: string[] = [];
    subscriber.on('message', (channel, message) => heard.push(`${channel} ${message}`));
    await subscriber.subscribe(keys.wake('gateway-1'), keys.wake('gateway-2'));
    const id = randomUUID();
    await newStore().publishResult(testResult(id), 'gateway-1');
    await newStore().publishResult(canceledResult(id, 'too late'), 'gateway-2');
    // A reply on this connection comes after what was published before it.
    await subscriber.ping();
    expect(heard).toEqual([`${keys.wake('gateway-1')} ${id}`, `${keys.wake('gateway-2')} ${id}`]);
  });
});

describe('reading', () => {
  test('many answers come in one go, and those that are not there are left out', async () => {
    const [first, missing, second] = [randomUUID(), randomUUID(), randomUUID()];
    const store = newStore();
    await store.publishResult(testResult(first), 'gateway-1');
    await store.publishResult(canceledResult(second, 'left'), 'gateway-1');
    expect([...(await store.getResults([first, missing, second]))]).toEqual([
      [first, testResult(first)],
      [second, canceledResult(second, 'left')],
    ]);
    expect(await store.getResults([])).toEqual(new Map());
    expect(await store.getResult(missing)).toBeUndefined();
  });

  test('an answer in words unknown here is still the answer', async () => {
    const id = randomUUID();
    await world.redis.set(keys.result(id), '{"status":"of a later version"}');
    const unreadable = failedResult(id, 'internal', 'the answer cannot be read');
    expect(await newStore().getResult(id)).toEqual(unreadable);
    expect(await newStore().publishResult(testResult(id), 'gateway-1')).toEqual(unreadable);
  });

  test('what is accepted and unanswered is told by model, and what is answered no more', async () => {
    const store = newStore();
    expect(await store.readAccepted()).toEqual(new Map());
    const jobs = [testJob(), testJob(), testJob({ model: 'reef-2.1' }), testJob({ model: 'gone' })];
    for (const [index, job] of jobs.entries()) await admit(job, 10 + index);
    await store.publishResult(testResult(jobs[3]!.id), 'gateway-1');
    expect(await store.readAccepted()).toEqual(
      new Map([
        ['tiny', { jobs: 2, bytes: 21 }],
        ['reef-2.1', { jobs: 1, bytes: 12 }],
      ]),
    );
  });

  test('bytes that are gone are null', async () => {
    expect(await newStore().fetchUpload(randomUUID())).toBeNull();
  });

  test('runs are counted by kind, taken back one by one, and forgotten after their time', async () => {
    const id = randomUUID();
    const store = newStore();
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
    await store.publishResult(testResult(id), 'gateway-1');
    expect(await store.inspect(id)).toEqual({ answered: true, starts: { together: 0, alone: 0 } });
  });
});
