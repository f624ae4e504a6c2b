import { orphanAgeMs, type Job } from '@shoal/shared/contract';
import { LedgerStore, connectConsumer } from '@shoal/shared/redis';
import { beforeEach, describe, expect, onTestFinished, test } from 'vitest';
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
let errors: string[];

beforeEach(async () => {
  gateway = await testGateway(world);
  webhooks = webhooksOf(gateway);
  [warnings, errors] = [[], []];
});

function webhooksOf({ redis, exchange, settings, log }: GatewayContext): Webhooks {
  const consumer = world.adopt(connectConsumer(world.server.url));
  const queue = new WebhookQueue({
    producer: redis,
    consumer,
    keys: testKeys,
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
    error: (_fields: unknown, message: string) => void errors.push(message),
  });
  return new Sweeper({ exchange, ledger, queues, withdrawals, webhooks, registry, metrics, log });
}

/** Accepted, and not in a queue yet. */
async function admitted(fields: Partial<Job> = {}, { jobsMax = roomyLimits.jobsMax } = {}): Promise<Job> {
  const job = testJob(fields);
  const limits = { ...roomyLimits, jobsMax, modelJobsMax: jobsMax };
  await gateway.exchange.admit({ job }, Buffer.from('picture'), limits);
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

  test('is answered in one go with all others, however many they are', async () => {
    const jobs = await Promise.all(
      Array.from({ length: 450 }, () => admitted({ deadlineAtMs: nowMs - 1_000 }, { jobsMax: 999 })),
    );
    await sweeperOf(gateway).endOverdue(nowMs);
    expect(await world.redis.exists(testKeys.ledger, testKeys.ledgerRows)).toBe(0);
    expect(await resultOf(jobs.at(-1)!)).toMatchObject({ status: 'expired' });
  });

  test('and that only another version can read is answered as well', async () => {
    const ids = [testJob().id, testJob().id];
    await world.redis.hset(
      testKeys.ledgerRows,
      ids[0]!,
      '10 tiny',
      ids[1]!,
      '1 10 normal tiny {"of":"later"}',
    );
    for (const id of ids) await world.redis.zadd(testKeys.ledger, 1_000, id);
    await sweeperOf(gateway).endOverdue(nowMs);
    for (const id of ids) expect(await gateway.exchange.getResult(id)).toMatchObject({ status: 'expired' });
    expect(await world.redis.exists(testKeys.ledger, testKeys.ledgerRows)).toBe(0);
  });

  test('and of which nothing but the deadline is left holds nobody up', async () => {
    for (let n = 0; n < 450; n += 1) await world.redis.zadd(testKeys.ledger, 1_000, testJob().id);
    const job = await admitted({ deadlineAtMs: nowMs - 1_000 });
    await sweeperOf(gateway).endOverdue(nowMs);
    expect(await resultOf(job)).toMatchObject({ status: 'expired' });
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

const old = () => ({ acceptedAtMs: Date.now() - orphanAgeMs - 1 });

describe('an accepted prediction that no queue knows', () => {
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

  test('because its queue has given it up is answered, and an operator is told', async () => {
    const job = await admitted(old());
    await gateway.queues.add(job);
    await world.redis.lrem(`${testKeys.queuePrefix}:tiny:wait`, 1, job.id);
    await world.redis.zadd(`${testKeys.queuePrefix}:tiny:failed`, Date.now(), job.id);
    await sweeperOf(gateway).addOrphans();
    expect(await resultOf(job)).toMatchObject({ status: 'failed', error: { code: 'model_failed' } });
    expect(await countedEnds(gateway)).toEqual({ model_failed: 1 });
    expect(errors).toEqual(['its queue gave up a prediction without an answer']);
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
