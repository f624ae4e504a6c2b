import { orphanAgeMs, orphanSweepMs, overdueSweepMs, recountMs, type Job } from '@shoal/shared/contract';
import { LedgerStore, connectConsumer } from '@shoal/shared/redis';
import { beforeEach, describe, expect, onTestFinished, test, vi } from 'vitest';
import { roomyLimits, testJob, testResult, useRedis } from '../../../tests/support/exchange.ts';
import { waitFor } from '../../../tests/support/wait-for.ts';
import { countedEnds, testGateway, testKeys } from './flow/test-context.ts';
import type { GatewayContext } from './gateway-context.ts';
import { Sweeper } from './sweeper.ts';
import { WebhookQueue } from './webhooks/webhook-queue.ts';
import { Webhooks } from './webhooks/webhooks.ts';

const world = useRedis();
const webhook = { url: 'https://hooks.test/', secret: 'whsec_c2VjcmV0' };
let gateway: GatewayContext;
let webhooks: Webhooks;
let warnings: string[];

beforeEach(async () => {
  gateway = await testGateway(world);
  webhooks = webhooksOf(gateway);
  warnings = [];
});

function webhooksOf({ redis, exchange, settings, log }: GatewayContext): Webhooks {
  const consumer = world.adopt(connectConsumer(world.server.url));
  const queue = new WebhookQueue({
    ...{ producer: redis, consumer, keys: testKeys, timeoutMs: 1_000 },
    onError: () => undefined,
  });
  onTestFinished(async () => {
    await queue.close();
    consumer.disconnect();
  });
  return new Webhooks({ exchange, queue, settings, log, count: () => undefined });
}

function sweeperOf(from: GatewayContext, ledger = new LedgerStore(from.redis, testKeys)): Sweeper {
  const { exchange, queues, withdrawals, registry, metrics } = from;
  const log = Object.assign(Object.create(from.log) as typeof from.log, {
    warn: (_fields: unknown, message: string) => void warnings.push(message),
  });
  return new Sweeper({ exchange, ledger, queues, withdrawals, webhooks, registry, metrics, log });
}

/** Accepted, and not in a queue yet. */
async function admitted(fields: Partial<Job> = {}): Promise<Job> {
  const job = testJob(fields);
  await gateway.exchange.admit({ job }, Buffer.from('picture'), roomyLimits);
  return job;
}

const waitingIn = ({ model, priority }: Job) =>
  world.redis.lrange(`${testKeys.queuePrefix}:${testKeys.queueName(model, priority)}:wait`, 0, -1);
const resultOf = (job: Job) => gateway.exchange.getResult(job.id);

describe('a prediction whose deadline passed', () => {
  const nowMs = Date.now();

  test('is answered as expired, taken out of its queue, and counted once', async () => {
    const overdue = await admitted({ deadlineAtMs: nowMs - 501, priority: 'low' });
    const recent = await admitted({ deadlineAtMs: nowMs - 499 });
    const open = await admitted();
    for (const job of [overdue, recent, open]) await gateway.queues.add(job);
    await sweeperOf(gateway).endOverdue(nowMs);
    expect(await resultOf(overdue)).toMatchObject({ status: 'expired' });
    await waitFor('an empty queue', async () => (await waitingIn(overdue)).length === 0);
    for (const job of [recent, open]) expect(await resultOf(job)).toBeUndefined();
    expect((await waitingIn(open)).length).toBe(2);
    expect(await world.redis.zrange(testKeys.ledger, '0', '-1')).toEqual([recent.id, open.id]);
    expect(await countedEnds(gateway)).toEqual({ deadline_exceeded: 1 });
  });

  test('is counted by one of two gateways that end it at the same moment', async () => {
    const other = await testGateway(world, { id: 'gateway-2' });
    const jobs = await Promise.all(
      Array.from({ length: 20 }, () => admitted({ deadlineAtMs: nowMs - 1_000 })),
    );
    await Promise.all([gateway, other].map((one) => sweeperOf(one).endOverdue(nowMs)));
    for (const job of jobs) expect(await resultOf(job)).toMatchObject({ status: 'expired' });
    const counts = await Promise.all([gateway, other].map((one) => countedEnds(one)));
    const all = counts.map(({ deadline_exceeded: count = 0 }) => count);
    expect(all.reduce((sum, count) => sum + count, 0)).toBe(20);
  });

  test('keeps the answer that it has', async () => {
    const job = await admitted({ deadlineAtMs: nowMs - 1_000 });
    const ledger = new LedgerStore(gateway.redis, testKeys);
    const overdue = await ledger.listOverdue(nowMs, 10);
    await gateway.exchange.publishResult(testResult(job.id), job);
    const late = Object.assign(Object.create(ledger) as LedgerStore, { listOverdue: async () => overdue });
    await sweeperOf(gateway, late).endOverdue(nowMs);
    expect(await resultOf(job)).toEqual(testResult(job.id));
    expect(await countedEnds(gateway)).toEqual({});
  });
});

describe('an accepted prediction that no queue knows', () => {
  const old = () => ({ acceptedAtMs: Date.now() - orphanAgeMs - 1 });

  test('is added once to the queue of its class, as it was accepted, and is told of', async () => {
    const orphan = await admitted({ ...old(), priority: 'high', options: { classes: ['circle'] } });
    const sweeper = sweeperOf(gateway);
    await Promise.all([sweeper.addOrphans(), sweeperOf(gateway).addOrphans()]);
    await sweeper.addOrphans();
    expect(await waitingIn(orphan)).toEqual([orphan.id]);
    const data = await world.redis.hget(`${testKeys.queuePrefix}:tiny@high:${orphan.id}`, 'data');
    expect(JSON.parse(data!)).toEqual(orphan);
    expect(warnings).toContain('an accepted prediction was in no queue');
  });

  test('is left alone while it is young: its gateway may be about to add it', async () => {
    const young = await admitted({ acceptedAtMs: Date.now() - orphanAgeMs + 1_000 });
    await sweeperOf(gateway).addOrphans();
    expect(await waitingIn(young)).toEqual([]);
    expect(warnings).toEqual([]);
  });

  test('is no other than those: what is in a queue stays as it is, what is answered stays away', async () => {
    const queued = await admitted(old());
    await gateway.queues.add(queued);
    const answered = await admitted(old());
    await gateway.exchange.publishResult(testResult(answered.id), answered);
    await sweeperOf(gateway).addOrphans();
    expect(await waitingIn(queued)).toEqual([queued.id]);
    expect(warnings).toEqual([]);
  });
});

describe('a webhook that is due', () => {
  test('and has no job is given one', async () => {
    const job = testJob();
    await gateway.exchange.admit({ job, webhook }, Buffer.from('picture'), roomyLimits);
    await gateway.exchange.publishResult(testResult(job.id), job);
    expect(await webhooks.has(job.id)).toBe(false);
    await sweeperOf(gateway).addWebhooks();
    await sweeperOf(gateway).addWebhooks();
    expect(await webhooks.has(job.id)).toBe(true);
    expect(await world.redis.llen(`${testKeys.queuePrefix}:@webhooks:wait`)).toBe(1);
  });

  test('is none that was delivered', async () => {
    const job = testJob();
    await gateway.exchange.admit({ job, webhook }, Buffer.from('picture'), roomyLimits);
    await gateway.exchange.publishResult(testResult(job.id), job);
    await gateway.exchange.dropWebhook(job.id);
    await sweeperOf(gateway).addWebhooks();
    expect(await webhooks.has(job.id)).toBe(false);
  });
});

test('figures of the ledger that are wrong are set right and told of; right ones are not', async () => {
  await admitted();
  await sweeperOf(gateway).recount();
  expect(warnings).toEqual([]);
  await world.redis.hincrby(testKeys.ledgerTotals, 'jobs', 7);
  await sweeperOf(gateway).recount();
  expect(warnings).toEqual(['figures of the ledger were wrong, and are right again']);
  expect(await world.redis.hget(testKeys.ledgerTotals, 'jobs')).toBe('1');
});

describe('several gateways', () => {
  /** Two gateways with their timers in our hands, and how often each chore was begun. */
  function swept() {
    vi.useFakeTimers({ toFake: ['setInterval', 'clearInterval'] });
    const begun: string[] = [];
    const sweepers = [1, 2].map(() => {
      const ledger = new LedgerStore(gateway.redis, testKeys);
      const counting = Object.assign(Object.create(ledger) as LedgerStore, {
        leaseSweep: (...args: Parameters<LedgerStore['leaseSweep']>) => ledger.leaseSweep(...args),
        listOverdue: async () => {
          begun.push('overdue');
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
      return sweeperOf(gateway, counting);
    });
    onTestFinished(() => {
      for (const sweeper of sweepers) sweeper.stop();
      vi.useRealTimers();
    });
    for (const sweeper of sweepers) sweeper.start();
    return { begun, sweepers };
  }

  const settle = async () => {
    await gateway.redis.ping();
    await new Promise((resolve) => setTimeout(resolve, 50));
  };

  test('do each chore in turns: one of them, and again when its lease is over', async () => {
    const { begun } = swept();
    vi.advanceTimersByTime(overdueSweepMs);
    await settle();
    expect(begun).toEqual(['overdue']);
    const leaseMs = await world.redis.pttl(testKeys.sweepLease('overdue'));
    expect(leaseMs).toBeGreaterThan(overdueSweepMs / 2);
    // The holder's own next turn must find it free.
    expect(leaseMs).toBeLessThan(overdueSweepMs);
    vi.advanceTimersByTime(overdueSweepMs);
    await settle();
    expect(begun).toEqual(['overdue']);
    await world.redis.del(testKeys.sweepLease('overdue'));
    vi.advanceTimersByTime(overdueSweepMs);
    await settle();
    expect(begun).toEqual(['overdue', 'overdue']);
  });

  test('do all chores in time, and none when they are stopped', async () => {
    const { begun, sweepers } = swept();
    vi.advanceTimersByTime(orphanSweepMs);
    await settle();
    expect(begun.toSorted()).toEqual(['orphans', 'overdue']);
    vi.advanceTimersByTime(recountMs - orphanSweepMs);
    await settle();
    expect(begun.filter((chore) => chore === 'recount')).toHaveLength(1);
    await world.redis.flushall();
    begun.length = 0;
    for (const sweeper of sweepers) sweeper.stop();
    vi.advanceTimersByTime(recountMs);
    await settle();
    expect(begun).toEqual([]);
  });

  test('go on when Redis was away for a turn', async () => {
    const { begun } = swept();
    await world.server.pause();
    try {
      vi.advanceTimersByTime(overdueSweepMs);
      await new Promise((resolve) => setTimeout(resolve, 1_200));
      expect(begun).toEqual([]);
    } finally {
      await world.server.resume();
    }
    await world.redis.del(testKeys.sweepLease('overdue'));
    vi.advanceTimersByTime(overdueSweepMs);
    await settle();
    expect(begun).toEqual(['overdue']);
  });
});
