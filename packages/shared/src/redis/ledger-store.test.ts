import { randomUUID } from 'node:crypto';
import { array, assert, asyncProperty, constantFrom, integer, record } from 'fast-check';
import { describe, expect, test } from 'vitest';
import { roomyLimits, testJob, testResult, useRedis } from '../../../../tests/support/exchange.ts';
import { keysOf, priorities, type Job, type OpenPrediction } from '../contract/index.ts';
import { connectConsumer } from './connect.ts';
import { ExchangeStore } from './exchange-store.ts';
import { LedgerStore } from './ledger-store.ts';
import { countRows, readFigures } from './test-ledger.ts';

const world = useRedis();
const keys = keysOf('test');
const exchange = () => new ExchangeStore(world.redis, keys);
const ledger = () => new LedgerStore(world.redis, keys);
const roomy = { ...roomyLimits, modelJobsMax: 9_999, jobsMax: 9_999 };

async function admitted(fields: Partial<Job> = {}, size = 10): Promise<Job> {
  const job = testJob(fields);
  await exchange().admit({ job }, Buffer.alloc(size, 7), roomy);
  return job;
}

const answered = (job: Job) => exchange().publishResult(testResult(job.id), job);
const figures = () => readFigures(world.redis, keys);
const idsOf = (opens: readonly OpenPrediction[]) => opens.map(({ job }) => job.id);

async function openIds(): Promise<string[]> {
  const ids: string[] = [];
  for await (const page of ledger().listOpen()) ids.push(...idsOf(page));
  return ids.sort();
}

describe('what is accepted and unanswered', () => {
  test('is told by model and class, and what is answered no more', async () => {
    expect(await ledger().readAccepted()).toEqual(new Map());
    await admitted({}, 10);
    await admitted({ priority: 'low' }, 11);
    const high = [await admitted({ priority: 'high' }, 1), await admitted({ priority: 'high' }, 2)];
    await admitted({ model: 'reef-2.1' }, 12);
    await answered(await admitted({ model: 'gone' }, 13));
    await answered(high[0]!);
    expect(await ledger().readAccepted()).toEqual(
      new Map([
        ['tiny', { jobs: 3, bytes: 23, byPriority: { high: 1, normal: 1, low: 1 } }],
        ['reef-2.1', { jobs: 1, bytes: 12, byPriority: { high: 0, normal: 1, low: 0 } }],
      ]),
    );
  });

  test('is listed whole, however much it is', async () => {
    expect(await openIds()).toEqual([]);
    const jobs = await Promise.all(Array.from({ length: 700 }, () => admitted()));
    await answered(jobs[3]!);
    const open = jobs.filter((_, index) => index !== 3).map(({ id }) => id);
    expect([...new Set(await openIds())]).toEqual(open.sort());
  });

  test('is listed without rows that only another version can read', async () => {
    const job = await admitted();
    await world.redis.hset(keys.ledgerRows, randomUUID(), '10 tiny', randomUUID(), '1 10 normal tiny {');
    expect(await openIds()).toEqual([job.id]);
  });
});

describe('what is overdue', () => {
  test('is what is open and past its deadline, the oldest first, and no more than asked for', async () => {
    const nowMs = Date.now();
    const [late, latest, , done] = [
      await admitted({ deadlineAtMs: nowMs - 1_000 }),
      await admitted({ deadlineAtMs: nowMs - 3_000 }),
      await admitted({ deadlineAtMs: nowMs + 1_000 }),
      await admitted({ deadlineAtMs: nowMs - 2_000 }),
    ];
    await answered(done);
    expect(await ledger().listOverdue(nowMs, 10)).toEqual(
      [latest, late].map((job) => ({ id: job.id, model: 'tiny', open: { job } })),
    );
    expect((await ledger().listOverdue(nowMs, 1)).map(({ id }) => id)).toEqual([latest.id]);
    expect(await ledger().listOverdue(nowMs - 5_000, 10)).toEqual([]);
    expect(await ledger().hasOverdue(nowMs)).toBe(true);
    expect(await ledger().hasOverdue(nowMs - 5_000)).toBe(false);
  });

  test('is told also where its row cannot be read', async () => {
    const job = await admitted({ acceptedAtMs: 1_000, deadlineAtMs: 2_000 });
    const odd = [
      ['10 old', 'old'],
      ['1 10 normal new {', 'new'],
    ] as const;
    for (const [index, [row]] of odd.entries()) {
      await world.redis.hset(keys.ledgerRows, `odd-${index}`, row);
      await world.redis.zadd(keys.ledger, 1_000 + index, `odd-${index}`);
    }
    expect(await ledger().listOverdue(3_000, 10)).toEqual([
      ...odd.map(([, model], index) => ({ id: `odd-${index}`, model, open: undefined })),
      { id: job.id, model: 'tiny', open: { job } },
    ]);
  });
});

describe('a recount', () => {
  test('finds nothing wrong with a ledger that nobody touched', async () => {
    expect(await ledger().recount()).toBe(0);
    await admitted();
    await admitted({ priority: 'high', model: 'other' });
    await answered(await admitted({ priority: 'low' }));
    const before = await world.redis.hgetall(keys.ledgerTotals);
    expect(await ledger().recount()).toBe(0);
    expect(await world.redis.hgetall(keys.ledgerTotals)).toEqual(before);
  });

  test('tells how many figures were wrong, and sets them right', async () => {
    await admitted({}, 10);
    await admitted({ priority: 'low' }, 20);
    const whole = await figures();
    const { ledgerTotals } = keys;
    await world.redis.hincrby(ledgerTotals, 'jobs', 3);
    await world.redis.hdel(ledgerTotals, 'bytes tiny');
    await world.redis.hset(ledgerTotals, 'jobs ghost', 7);
    await world.redis.hincrby(ledgerTotals, 'went normal tiny', 5);
    await world.redis.hset(ledgerTotals, 'came high tiny', 2);
    expect(await ledger().recount()).toBe(5);
    expect(await figures()).toEqual(whole);
    expect(await ledger().recount()).toBe(0);
  });

  test('takes out rows and deadlines that belong to nothing, and rows that nobody can read', async () => {
    const kept = await admitted({}, 10);
    const [noDeadline, odd, noRow] = [await admitted(), await admitted(), await admitted()];
    await world.redis.zrem(keys.ledger, noDeadline.id);
    await world.redis.hset(keys.ledgerRows, odd.id, 'no row at all');
    await world.redis.hdel(keys.ledgerRows, noRow.id);
    expect(await ledger().recount()).toBeGreaterThan(0);
    expect(await world.redis.hkeys(keys.ledgerRows)).toEqual([kept.id]);
    expect(await world.redis.zrange(keys.ledger, '0', '-1')).toEqual([kept.id]);
    expect(await figures()).toEqual({
      jobs: 1,
      bytes: 10,
      'jobs tiny': 1,
      'bytes tiny': 10,
      'open normal tiny': 1,
    });
  });

  test('does not make the totals live longer than the rows', async () => {
    await admitted();
    await world.redis.del(keys.ledgerTotals);
    await ledger().recount();
    const [rows, totals] = await Promise.all([
      world.redis.pttl(keys.ledgerRows),
      world.redis.pttl(keys.ledgerTotals),
    ]);
    expect(totals).toBeGreaterThan(0);
    expect(Math.abs(totals - rows)).toBeLessThan(5_000);
  });

  test('counts all rows of a long ledger once', async () => {
    await Promise.all(Array.from({ length: 1_500 }, () => admitted({}, 1)));
    await world.redis.hset(keys.ledgerTotals, 'jobs', '1');
    expect(await ledger().recount()).toBe(1);
    expect(await figures()).toMatchObject({ jobs: 1_500, 'bytes tiny': 1_500 });
  });

  test('heals whatever was done to the totals', async () => {
    const models = ['a', 'b-2'];
    const fields = ['jobs', 'bytes'].flatMap((name) => [name, ...models.map((model) => `${name} ${model}`)]);
    const counters = ['came', 'went'].flatMap((name) =>
      priorities.flatMap((priority) => models.map((model) => `${name} ${priority} ${model}`)),
    );
    const damage = record({
      field: constantFrom(...fields, ...counters),
      to: constantFrom('gone', -3, 0, 1, 50),
    });
    const prediction = record({
      model: constantFrom(...models),
      priority: constantFrom(...priorities),
      isAnswered: constantFrom(true, false, false),
      size: integer({ min: 0, max: 9 }),
    });
    await assert(
      asyncProperty(
        array(prediction, { maxLength: 8 }),
        array(damage, { minLength: 1, maxLength: 6 }),
        async (predictions, damages) => {
          await world.redis.flushall();
          for (const { model, priority, isAnswered, size } of predictions) {
            const job = await admitted({ model, priority }, size);
            if (isAnswered) await answered(job);
          }
          for (const { field, to } of damages) {
            if (to === 'gone') await world.redis.hdel(keys.ledgerTotals, field);
            else await world.redis.hset(keys.ledgerTotals, field, to);
          }
          await ledger().recount();
          expect(await figures()).toEqual(await countRows(world.redis, keys));
          expect(await ledger().recount()).toBe(0);
        },
      ),
      { numRuns: 60 },
    );
  });
});

test('of many who would do a chore one may, until its time is over', async () => {
  const others = [1, 2, 3].map(() => new LedgerStore(world.adopt(connectConsumer(world.server.url)), keys));
  const asked = await Promise.all(others.map((one) => one.leaseSweep('recount', 300)));
  expect(asked.filter(Boolean)).toHaveLength(1);
  expect(await ledger().leaseSweep('orphans', 300)).toBe(true);
  await new Promise((resolve) => setTimeout(resolve, 350));
  expect(await ledger().leaseSweep('recount', 300)).toBe(true);
});
