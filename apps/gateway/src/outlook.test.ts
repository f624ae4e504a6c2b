import { priorities, priorityWeights, type Priority, type WorkerAnnouncement } from '@shoal/shared/contract';
import type { Accepted, ModelSnapshot } from '@shoal/shared/redis';
import { assert, asyncProperty, constantFrom, double, integer, record } from 'fast-check';
import { describe, expect, test, vi } from 'vitest';
import { testRecord } from '../../../tests/support/exchange.ts';
import { Outlook } from './outlook.ts';

type Worker = Pick<WorkerAnnouncement, 'state' | 'itemsPerS'>;

const snapshot = (workers: readonly Worker[], name = 'tiny'): ModelSnapshot => ({
  record: testRecord({ name }),
  lastSeenMs: 0,
  workers: workers.map((worker, index) => ({
    id: `w${index}`,
    model: name,
    device: 'cpu',
    version: 'v1',
    sha256: '',
    ...worker,
  })),
});

const owed = (byPriority: Partial<Record<Priority, number>>): Accepted => {
  const all = { high: 0, normal: 0, low: 0, ...byPriority };
  return { jobs: all.high + all.normal + all.low, bytes: 0, byPriority: all };
};

/** What is known of one model: its workers, and what they owe. */
async function outlookOf(workers: readonly Worker[], byPriority: Partial<Record<Priority, number>> = {}) {
  const ledger = { readAccepted: async () => new Map([['tiny', owed(byPriority)]]) };
  const outlook = new Outlook(ledger, { models: [snapshot(workers)] });
  await outlook.refresh();
  return outlook;
}

const ready = (itemsPerS?: number): Worker => ({
  state: 'ready',
  ...(itemsPerS !== undefined && { itemsPerS }),
});

describe('an estimate', () => {
  test('of a class that is alone is what is before it and itself, at the speed of the workers together', async () => {
    const outlook = await outlookOf([ready(10), ready(30)], { normal: 79 });
    expect(outlook.estimateMs('tiny', 'normal', 79)).toBe(2_000);
    expect(outlook.estimateMs('tiny', 'normal', 0)).toBe(25);
  });

  test('of a class that shares the workers is by its weight', async () => {
    const outlook = await outlookOf([ready(13)], { high: 500, normal: 500, low: 500 });
    expect(outlook.estimateMs('tiny', 'high', 7)).toBe(1_000);
    expect(outlook.estimateMs('tiny', 'normal', 3)).toBe(1_000);
    expect(outlook.estimateMs('tiny', 'low', 0)).toBe(1_000);
  });

  test('of a class is not less for another one of which nothing waits', async () => {
    const outlook = await outlookOf([ready(9)], { high: 500, low: 500 });
    expect(outlook.estimateMs('tiny', 'low', 0)).toBe(1_000);
    expect(outlook.estimateMs('tiny', 'high', 7)).toBe(1_000);
  });

  test('is never longer than until everything that is owed is done', async () => {
    const outlook = await outlookOf([ready(10)], { high: 9, low: 1 });
    expect(outlook.estimateMs('tiny', 'low', 10)).toBe(2_000);
  });

  test('takes a worker that has not measured itself to be like the others', async () => {
    const outlook = await outlookOf([ready(10), ready(20), ready()]);
    expect(outlook.estimateMs('tiny', 'normal', 44)).toBe(1_000);
  });

  test('counts only workers that are ready', async () => {
    const outlook = await outlookOf([
      ready(10),
      { state: 'loading', itemsPerS: 90 },
      { state: 'failed', itemsPerS: 90 },
    ]);
    expect(outlook.estimateMs('tiny', 'normal', 9)).toBe(1_000);
  });

  test.each([
    ['no worker has measured itself', [ready()]],
    ['no worker is ready', [{ state: 'loading', itemsPerS: 10 } as const]],
    ['there is no worker', []],
  ])('is none, and limits nobody, where %s', async (_what, workers) => {
    const outlook = await outlookOf(workers, { normal: 1_000 });
    expect(outlook.estimateMs('tiny', 'normal', 5)).toBeUndefined();
    expect(outlook.aheadMax('tiny', 'normal', 100)).toBeUndefined();
    expect(outlook.retryAfterS('tiny', 1_000)).toBe(2);
  });

  test('of a model that nobody knows is none', async () => {
    const outlook = await outlookOf([ready(10)]);
    expect(outlook.estimateMs('other', 'normal', 0)).toBeUndefined();
  });
});

const count = integer({ min: 0, max: 20_000 });
const situation = record({
  itemsPerS: double({ min: 0.01, max: 5_000, noNaN: true }),
  byPriority: record({ high: count, normal: count, low: count }),
  priority: constantFrom(...priorities),
  deadlineMs: integer({ min: 100, max: 86_400_000 }),
});

describe('how many may be ahead', () => {
  test('is as many as four fifths of the deadline allow', async () => {
    const alone = await outlookOf([ready(10)], { normal: 5 });
    expect(alone.aheadMax('tiny', 'normal', 25_000)).toBe(199);
    const shared = await outlookOf([ready(13)], { high: 9_999, normal: 9_999, low: 9_999 });
    expect(shared.aheadMax('tiny', 'high', 25_000)).toBe(159);
    expect(shared.aheadMax('tiny', 'low', 25_000)).toBe(19);
  });

  test('lets the first one in, however slow the workers are', async () => {
    const outlook = await outlookOf([ready(0.01)], { high: 50 });
    expect(outlook.aheadMax('tiny', 'low', 100)).toBe(0);
  });

  test('is such that the last one let in is done within four fifths of its deadline, and the next would not', async () => {
    await assert(
      asyncProperty(situation, async ({ itemsPerS, byPriority, priority, deadlineMs }) => {
        const outlook = await outlookOf([ready(itemsPerS)], byPriority);
        const aheadMax = outlook.aheadMax('tiny', priority, deadlineMs)!;
        const last = outlook.estimateMs('tiny', priority, aheadMax)!;
        const next = outlook.estimateMs('tiny', priority, aheadMax + 1)!;
        // Estimates are whole milliseconds, upwards.
        expect(aheadMax === 0 || last <= Math.ceil(0.8 * deadlineMs + 1e-3)).toBe(true);
        expect(next).toBeGreaterThanOrEqual(Math.floor(0.8 * deadlineMs));
      }),
      { numRuns: 500 },
    );
  });
});

test('nobody waits longer than the weight of the class says, or than for all that is owed', async () => {
  await assert(
    asyncProperty(situation, count, async ({ itemsPerS, byPriority, priority }, ahead) => {
      const outlook = await outlookOf([ready(itemsPerS)], byPriority);
      const estimateMs = outlook.estimateMs('tiny', priority, ahead)!;
      const weights = priorities.reduce((total, one) => total + priorityWeights[one], 0);
      const others = priorities.filter((one) => one !== priority);
      const all = others.reduce((total, one) => total + byPriority[one], ahead + 1);
      const slack = 1 + 1e-9;
      expect(estimateMs).toBeGreaterThanOrEqual(Math.floor((1_000 * (ahead + 1)) / itemsPerS / slack));
      const byWeight = (1_000 * (ahead + 1) * weights) / priorityWeights[priority] / itemsPerS;
      expect(estimateMs).toBeLessThanOrEqual(Math.ceil(byWeight * slack));
      expect(estimateMs).toBeLessThanOrEqual(Math.ceil(((1_000 * all) / itemsPerS) * slack));
    }),
  );
});

test('who is refused comes again when about half is done, within a minute', async () => {
  const outlook = await outlookOf([ready(10)]);
  expect(outlook.retryAfterS('tiny', 100)).toBe(5);
  expect(outlook.retryAfterS('tiny', 101)).toBe(6);
  expect(outlook.retryAfterS('tiny', 0)).toBe(1);
  expect(outlook.retryAfterS('tiny', 1_000_000)).toBe(60);
});

test('what is owed is looked at again every second, and stays known while Redis is away', async () => {
  vi.useFakeTimers();
  let accepted: ReadonlyMap<string, Accepted> | Error = new Map([['tiny', owed({ high: 8 })]]);
  const readAccepted = async () => {
    if (accepted instanceof Error) throw accepted;
    return accepted;
  };
  const outlook = new Outlook({ readAccepted }, { models: [snapshot([ready(9)])] });
  try {
    outlook.start();
    expect(outlook.estimateMs('tiny', 'low', 0)).toBe(112);
    await vi.advanceTimersByTimeAsync(1_000);
    expect(outlook.estimateMs('tiny', 'low', 0)).toBe(1_000);
    accepted = new Error('Redis is away');
    await vi.advanceTimersByTimeAsync(1_000);
    expect(outlook.estimateMs('tiny', 'low', 0)).toBe(1_000);
    accepted = new Map();
    outlook.stop();
    await vi.advanceTimersByTimeAsync(5_000);
    expect(outlook.estimateMs('tiny', 'low', 0)).toBe(1_000);
  } finally {
    vi.useRealTimers();
  }
});
