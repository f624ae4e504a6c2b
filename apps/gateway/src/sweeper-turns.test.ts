import { orphanSweepMs, overdueSweepMs, recountMs } from '@shoal/shared/contract';
import { LedgerStore } from '@shoal/shared/redis';
import { beforeEach, expect, onTestFinished, test, vi } from 'vitest';
import { useRedis } from '../../../tests/support/exchange.ts';
import { testGateway, testKeys } from './flow/test-context.ts';
import type { GatewayContext } from './gateway-context.ts';
import { Sweeper } from './sweeper.ts';

const world = useRedis();
let gateway: GatewayContext;
/** Each time that a chore was begun, at whichever gateway. */
let begun: string[];
/** What the chore of overdue predictions waits for before it ends. */
let mayEnd: Promise<void>;
/** Whether there is anything for that chore. */
let isOverdue: boolean;

beforeEach(async () => {
  gateway = await testGateway(world);
  begun = [];
  mayEnd = Promise.resolve();
  isOverdue = true;
});

const nobody = async () => {
  throw new Error('there is no webhook');
};

/** Gateways with their timers in our hands. */
function sweepers(count: number): Sweeper[] {
  vi.useFakeTimers({ toFake: ['setInterval', 'clearInterval'] });
  const { exchange, queues, withdrawals, registry, metrics, log } = gateway;
  const all = Array.from({ length: count }, () => {
    const store = new LedgerStore(gateway.redis, testKeys);
    const ledger = Object.assign(Object.create(store) as LedgerStore, {
      leaseSweep: (...args: Parameters<LedgerStore['leaseSweep']>) => store.leaseSweep(...args),
      hasOverdue: async () => isOverdue,
      listOverdue: async () => {
        begun.push('overdue');
        await mayEnd;
        return [];
      },
      listOpen: async function* () {
        begun.push('orphans');
        yield [];
      },
      recount: async () => {
        begun.push('recount');
        return 0;
      },
    });
    const webhooks = { has: nobody, enqueue: nobody };
    return new Sweeper({ exchange, ledger, queues, withdrawals, webhooks, registry, metrics, log });
  });
  onTestFinished(() => {
    for (const sweeper of all) sweeper.stop();
    vi.useRealTimers();
  });
  for (const sweeper of all) sweeper.start();
  return all;
}

const settle = async () => {
  await gateway.redis.ping();
  await new Promise((resolve) => setTimeout(resolve, 50));
};
const pass = async (ms: number) => {
  vi.advanceTimersByTime(ms);
  await settle();
};
const endLease = () => world.redis.del(testKeys.sweepLease('overdue'));

test('of several gateways one does a chore, and again one when its lease is over', async () => {
  sweepers(2);
  await pass(overdueSweepMs);
  expect(begun).toEqual(['overdue']);
  const leaseMs = await world.redis.pttl(testKeys.sweepLease('overdue'));
  expect(leaseMs).toBeGreaterThan(overdueSweepMs / 2);
  // The holder's own next turn must find it free.
  expect(leaseMs).toBeLessThan(overdueSweepMs);
  await pass(overdueSweepMs);
  expect(begun).toEqual(['overdue']);
  await endLease();
  await pass(overdueSweepMs);
  expect(begun).toEqual(['overdue', 'overdue']);
});

test('where nothing is overdue nobody takes the lease, which would be a write a second', async () => {
  isOverdue = false;
  sweepers(2);
  await pass(overdueSweepMs);
  expect(begun).toEqual([]);
  expect(await world.redis.exists(testKeys.sweepLease('overdue'))).toBe(0);
  isOverdue = true;
  await pass(overdueSweepMs);
  expect(begun).toEqual(['overdue']);
});

test('all chores are done in time, and none when the gateway stops', async () => {
  const all = sweepers(2);
  await pass(orphanSweepMs);
  expect(begun.toSorted()).toEqual(['orphans', 'overdue']);
  await pass(recountMs - orphanSweepMs);
  expect(begun.filter((chore) => chore === 'recount')).toHaveLength(1);
  await world.redis.flushall();
  begun = [];
  for (const sweeper of all) sweeper.stop();
  await pass(recountMs);
  expect(begun).toEqual([]);
});

test('a chore that lasts longer than its turn is not begun beside itself', async () => {
  const { promise, resolve: end } = Promise.withResolvers<void>();
  mayEnd = promise;
  sweepers(1);
  await pass(overdueSweepMs);
  await endLease();
  await pass(overdueSweepMs);
  expect(begun).toEqual(['overdue']);
  end();
  await settle();
  await endLease();
  await pass(overdueSweepMs);
  expect(begun).toEqual(['overdue', 'overdue']);
});

test('chores go on when Redis was away for a turn', async () => {
  sweepers(2);
  await world.server.pause();
  try {
    vi.advanceTimersByTime(overdueSweepMs);
    await new Promise((resolve) => setTimeout(resolve, 1_200));
    expect(begun).toEqual([]);
  } finally {
    await world.server.resume();
  }
  await settle();
  await endLease();
  await pass(overdueSweepMs);
  expect(begun).toEqual(['overdue']);
});
