import { describe, expect, test } from 'vitest';
import { Account } from './account.ts';

const good = { bytes: 1_000_000, status: 200, failure: undefined };
const bad = (status: number, code: string, message = 'no') => ({
  bytes: 500_000,
  status,
  failure: { status, code, message },
});

describe('the account of a run', () => {
  test('holds every request once, by status, by kind of failure and over time', () => {
    const account = new Account();
    account.add({ atMs: 400, ms: 100, ...good });
    account.add({ atMs: 900, ms: 300, ...good });
    account.add({ atMs: 1_200, ms: 2, ...bad(503, 'overloaded') });
    account.add({ atMs: 1_300, ms: 2, ...bad(0, 'timeout') });
    account.add({ atMs: 2_000, ms: 2, ...bad(503, 'overloaded') });
    expect(account.totals).toEqual({ sent: 5, failed: 3 });
    const counts = account.counts();
    expect(counts).toMatchObject({
      seconds: 2,
      sent: 5,
      succeeded: 2,
      failed: 3,
      byStatus: { '0': 1, '200': 2, '503': 2 },
      failures: [
        { status: 503, code: 'overloaded', message: 'no', count: 2 },
        { status: 0, code: 'timeout', message: 'no', count: 1 },
      ],
      perS: 1,
      sentMBPerS: 1.75,
    });
    expect(counts.overTime.map(({ s, perS, failed }) => [s, perS, failed])).toEqual([
      [0, 2, 0],
      [1, 0, 3],
    ]);
  });

  test('latencies are those of successes: a refusal is quick', () => {
    const account = new Account();
    account.add({ atMs: 100, ms: 100, ...good });
    account.add({ atMs: 101, ms: 1, ...bad(503, 'overloaded') });
    expect(account.counts().latencyMs).toMatchObject({ min: expect.closeTo(100, 0) as number });
    expect(account.counts().histogram.reduce((sum, { count }) => sum + count, 0)).toBe(1);
  });

  test('the rate of a run that was to go on for longer is by that time', () => {
    const account = new Account();
    account.add({ atMs: 500, ms: 1, ...good });
    expect(account.counts(4_000)).toMatchObject({ seconds: 4, perS: 0.25 });
  });

  test('of nothing is nothing', () => {
    expect(new Account().counts()).toMatchObject({
      seconds: 0,
      sent: 0,
      perS: 0,
      byStatus: {},
      latencyMs: null,
      histogram: [],
    });
  });

  test('a server with a new message and a new code for each request does not fill it', () => {
    const account = new Account();
    for (let index = 0; index < 5_000; index++) {
      account.add({ atMs: index, ms: 1, ...bad(500, 'internal', `request ${index}`) });
      account.add({ atMs: index, ms: 1, ...bad(500, `code-${index}`) });
    }
    const { failures, failed } = account.counts();
    expect(failed).toBe(10_000);
    expect(failures.reduce((sum, { count }) => sum + count, 0)).toBe(10_000);
    expect(failures.length).toBeLessThan(150);
    expect(failures.find(({ code }) => code === 'other')?.count).toBeGreaterThan(1_000);
  });
});
