import { createHash } from 'node:crypto';
import type { Job } from '@shoal/shared/contract';
import { beforeEach, describe, expect, test } from 'vitest';
import { testResult, useRedis } from '../../../../tests/support/exchange.ts';
import { waitFor } from '../../../../tests/support/wait-for.ts';
import type { GatewayContext } from '../gateway-context.ts';
import type { Terms } from './read-terms.ts';
import { submit, type OpenTicket, type Submission, type Ticket } from './submit.ts';
import { testGateway, testKeys, testSnapshot } from './test-context.ts';

const world = useRedis();
const picture = Buffer.from([0, 255, 13, 10, 0, 128]);
const usual: Terms = { waitMs: 25_000, deadlineMs: 25_000, keepMs: 60_000, priority: 'normal' };
let gateway: GatewayContext;

beforeEach(async () => {
  gateway = await testGateway(world);
});

const submission = (terms: Partial<Terms> = {}, fields: Partial<Submission> = {}): Submission => ({
  bytes: picture,
  mediaType: 'image/png',
  requestId: 'request-1',
  model: testSnapshot(),
  options: { minScore: 0.5 },
  terms: { ...usual, ...terms },
  caller: undefined,
  ...fields,
});

function opened(ticket: Ticket): OpenTicket {
  if (ticket.kind !== 'open') throw new Error('expected a prediction that is open');
  return ticket;
}

const open = async (...args: Parameters<typeof submission>) =>
  opened(await submit(submission(...args), gateway));
const queueOf = (name: string) => world.redis.lrange(`${testKeys.queuePrefix}:${name}:wait`, 0, -1);
const owed = () => world.redis.hkeys(testKeys.ledgerRows);

describe('a prediction', () => {
  test('that is accepted is owed, its picture waits, and its job is in the queue of its class', async () => {
    const webhook = { url: 'https://hooks.test/', secret: 'whsec_c2VjcmV0' };
    const beforeMs = Date.now();
    const { job, isReplay, version } = await open({ priority: 'high', keepMs: 3_600_000, webhook });
    expect([isReplay, version]).toEqual([false, 'v1']);
    expect(job).toMatchObject({
      model: 'tiny',
      priority: 'high',
      options: { minScore: 0.5 },
      mediaType: 'image/png',
      gatewayId: 'gateway-1',
      requestId: 'request-1',
      keepMs: 3_600_000,
    });
    expect(job.acceptedAtMs).toBeGreaterThanOrEqual(beforeMs);
    expect(job.deadlineAtMs - job.acceptedAtMs).toBe(25_000);
    expect(job).not.toHaveProperty('claim');
    expect(await gateway.exchange.fetchUpload(job.id)).toEqual(picture);
    expect(await queueOf('tiny@high')).toEqual([job.id]);
    expect(await gateway.exchange.look(job.id)).toMatchObject({ kind: 'open', open: { job, webhook } });
  });

  test('is waited for before it can be answered', async () => {
    const { job, answer } = await open();
    await gateway.exchange.publishResult(testResult(job.id), job);
    expect(await answer).toEqual(testResult(job.id));
  });

  test('that finds no room is refused with when to come again, and leaves nothing', async () => {
    const settings = { SHOAL_MODEL_JOBS_MAX: '1' };
    gateway = await testGateway(world, { id: 'gateway-2', settings, models: [testSnapshot(0.1)] });
    await open();
    await expect(open()).rejects.toMatchObject({
      code: 'overloaded',
      message: 'as many pictures wait for tiny as may',
      retryAfterS: 5,
    });
    expect((await owed()).length).toBe(1);
    expect(gateway.waiters.size).toBe(1);
  });

  test('that would not be done in time is refused, unless it has more time', async () => {
    gateway = await testGateway(world, { id: 'gateway-2', models: [testSnapshot(1)] });
    const short = { deadlineMs: 2_000 };
    await open(short);
    await expect(open(short)).rejects.toMatchObject({
      code: 'overloaded',
      message: expect.stringContaining('would not be done within its 2000 ms'),
      retryAfterS: 1,
    });
    await open({ deadlineMs: 10_000 });
    await open({ ...short, priority: 'high' });
  });
});

describe("a caller's key", () => {
  const key = { idempotencyKey: 'k1' };

  test('leads the same request to the same prediction, from any gateway, while it is open', async () => {
    const first = await open(key);
    expect(first.job.claim).toBe(createHash('sha256').update('[null,"k1",null]').digest('hex'));
    const other = await testGateway(world, { id: 'gateway-2' });
    // Without the poll that makes up for a lost wake-up.
    other.waiters.stop();
    const again = opened(await submit(submission(key, { requestId: 'request-2' }), other));
    expect(again).toMatchObject({ isReplay: true, job: first.job });
    expect((await owed()).length).toBe(1);
    expect(await queueOf('tiny')).toEqual([first.job.id]);
    await gateway.exchange.publishResult(testResult(first.job.id), first.job);
    expect(await Promise.all([first.answer, again.answer])).toEqual([
      testResult(first.job.id),
      testResult(first.job.id),
    ]);
  });

  test('leads to the answer when there is one', async () => {
    const { job } = await open(key);
    await gateway.exchange.publishResult(testResult(job.id), job);
    const standing = await submit(submission(key), gateway);
    expect(standing).toEqual({ kind: 'answered', result: testResult(job.id) });
    expect(await owed()).toEqual([]);
    expect(gateway.waiters.size).toBe(0);
  });

  test('of many who come at once makes one prediction', async () => {
    const tickets = await Promise.all(Array.from({ length: 12 }, () => open(key)));
    expect(new Set(tickets.map(({ job }) => job.id)).size).toBe(1);
    expect(tickets.filter(({ isReplay }) => !isReplay)).toHaveLength(1);
    expect((await queueOf('tiny')).length).toBe(1);
  });

  test.each<[string, Partial<Submission>]>([
    ['another picture', { bytes: Buffer.from('other') }],
    ['other options', { options: { minScore: 0.6 } }],
    ['another model', { model: { ...testSnapshot(), record: { ...testSnapshot().record, name: 'other' } } }],
  ])('with %s is refused', async (_what, fields) => {
    await open(key);
    await expect(open(key, fields)).rejects.toMatchObject({ code: 'idempotency_key_reused' });
    expect((await owed()).length).toBe(1);
    expect(gateway.waiters.size).toBe(1);
  });

  test('of another caller, and of another picture of a list, is another key', async () => {
    const ids = [
      await open(key),
      await open(key, { caller: 'alice' }),
      await open(key, { caller: 'bob' }),
      await open(key, { caller: 'bob', index: 0 }),
      await open(key, { caller: 'bob', index: 1 }),
      await open({ idempotencyKey: 'k2' }),
    ].map(({ job }) => job.id);
    expect(new Set(ids).size).toBe(ids.length);
  });

  test('whose prediction never came to its queue brings it there', async () => {
    const { job } = await open(key);
    await gateway.queues.remove(job);
    expect(await open(key)).toMatchObject({ isReplay: true, job: { id: job.id } });
    expect(await queueOf('tiny')).toEqual([job.id]);
  });

  test('whose prediction is lost makes it again, under the id that was told before', async () => {
    const { job } = await open(key);
    // As after a Redis that came back without the last second, but for the key.
    await gateway.queues.remove(job);
    await world.redis.del(
      testKeys.ledger,
      testKeys.ledgerRows,
      testKeys.ledgerTotals,
      testKeys.upload(job.id),
    );
    const again = await open(key);
    expect(again).toMatchObject({ isReplay: false, job: { id: job.id } });
    expect(await gateway.exchange.fetchUpload(job.id)).toEqual(picture);
    expect(await queueOf('tiny')).toEqual([job.id]);
  });

  test('of a prediction that failed of itself is free for another try', async () => {
    const { job } = await open(key);
    const failed = { id: job.id, status: 'failed', error: { code: 'model_failed', message: 'x' } } as const;
    await gateway.exchange.publishResult(failed, job);
    expect((await open(key)).job.id).not.toBe(job.id);
  });
});

/** The queue takes the job, and the word of it is lost. */
const silent = (): GatewayContext => {
  const { queues } = gateway;
  const add = async (job: Job) => {
    await queues.add(job);
    throw new Error('the queue did not answer');
  };
  return { ...gateway, queues: Object.assign(Object.create(queues) as typeof queues, { add }) };
};

describe('a Redis that does not say whether it took the job', () => {
  test('leaves nothing that could run unseen', async () => {
    await expect(submit(submission(), silent())).rejects.toMatchObject({ code: 'redis_unavailable' });
    await waitFor('the ending', async () => (await owed()).length === 0);
    await waitFor('an empty queue', async () => (await queueOf('tiny')).length === 0);
    expect(gateway.waiters.size).toBe(0);
  });

  test('leaves what has a key, for the caller that comes again with it', async () => {
    const key = { idempotencyKey: 'k1' };
    await expect(submit(submission(key), silent())).rejects.toMatchObject({ code: 'redis_unavailable' });
    expect(gateway.waiters.size).toBe(0);
    const [id] = await owed();
    expect(await open(key)).toMatchObject({ isReplay: true, job: { id } });
  });

  test('because it is full is said to be so', async () => {
    await world.redis.config('SET', 'maxmemory', '1');
    try {
      await expect(open()).rejects.toMatchObject({
        code: 'overloaded',
        message: 'the queue has no room: Redis is full',
      });
    } finally {
      await world.redis.config('SET', 'maxmemory', '0');
    }
  });
});
