import { randomUUID } from 'node:crypto';
import { canceledResult, type Job } from '@shoal/shared/contract';
import { beforeEach, describe, expect, test } from 'vitest';
import { roomyLimits, testJob, testResult, useRedis } from '../../../../tests/support/exchange.ts';
import { waitFor as eventually } from '../../../../tests/support/wait-for.ts';
import type { GatewayContext } from '../gateway-context.ts';
import { cancel, lookUp, waitFor } from './look-up.ts';
import { countedEnds, testGateway, testKeys, testSnapshot } from './test-context.ts';

const world = useRedis();
const here = new AbortController().signal;
let gateway: GatewayContext;

beforeEach(async () => {
  gateway = await testGateway(world, { models: [testSnapshot(10)] });
});

async function accepted(fields: Partial<Job> = {}): Promise<Job> {
  const job = testJob(fields);
  await gateway.exchange.admit({ job }, Buffer.from('picture'), roomyLimits);
  await gateway.queues.add(job);
  return job;
}

const refuse = async () => {
  throw new Error('nobody is to be told');
};
const answer = (job: Job) => gateway.exchange.publishResult(testResult(job.id), job);
/** Asked of a promise that should be over soon, long before what it waits for. */
const soon = <T>(work: Promise<T>) =>
  Promise.race([work, new Promise<'late'>((resolve) => setTimeout(resolve, 5_000, 'late'))]);

describe('a look', () => {
  test('at an open prediction says where it stands and how long it will take', async () => {
    const [first, second] = [await accepted({ priority: 'low' }), await accepted({ priority: 'low' })];
    expect(await lookUp(first.id, gateway)).toEqual({
      kind: 'open',
      state: { id: first.id, status: 'queued', place: 1, estimatedMs: 100 },
    });
    await gateway.exchange.markStart(first.id, 'together', 60_000);
    expect(await lookUp(first.id, gateway)).toMatchObject({ state: { status: 'running', place: 1 } });
    expect(await lookUp(second.id, gateway)).toMatchObject({
      state: { status: 'queued', place: 2, estimatedMs: 200 },
    });
    await answer(first);
    expect(await lookUp(first.id, gateway)).toEqual({ kind: 'answered', result: testResult(first.id) });
    expect(await lookUp(second.id, gateway)).toMatchObject({ state: { place: 1 } });
  });

  test('says nothing of the time while nobody knows the speed', async () => {
    const unmeasured = await testGateway(world, { id: 'gateway-2', models: [testSnapshot()] });
    const job = await accepted();
    expect(await lookUp(job.id, unmeasured)).toEqual({
      kind: 'open',
      state: { id: job.id, status: 'queued', place: 1 },
    });
  });

  test('at an id that nobody knows, or not any more, finds nothing', async () => {
    const unknown = expect.objectContaining({ code: 'prediction_unknown' });
    const id = randomUUID();
    await expect(lookUp(id, gateway)).rejects.toEqual(unknown);
    await expect(waitFor(id, 1_000, here, gateway)).rejects.toEqual(unknown);
    await expect(cancel(id, gateway)).rejects.toEqual(unknown);
    expect(gateway.waiters.size).toBe(0);
  });

  test.each([
    ['is none of ours', 'ledger'],
    ['would reach elsewhere', `${randomUUID()}:x`],
    ['is in other letters than ours', randomUUID().toUpperCase()],
    ['is empty', ''],
  ])('at an id that %s finds nothing, and asks nobody', async (_what, id) => {
    gateway.redis.disconnect();
    const unknown = expect.objectContaining({ code: 'prediction_unknown' });
    await expect(lookUp(id, gateway)).rejects.toEqual(unknown);
    await expect(waitFor(id, 1_000, here, gateway)).rejects.toEqual(unknown);
    await expect(cancel(id, gateway)).rejects.toEqual(unknown);
    expect(gateway.waiters.size).toBe(0);
  });

  test('while Redis is away is trouble, and no sign that there is nothing', async () => {
    gateway.redis.disconnect();
    const away = expect.objectContaining({ code: 'redis_unavailable' });
    await expect(lookUp(randomUUID(), gateway)).rejects.toEqual(away);
    await expect(cancel(randomUUID(), gateway)).rejects.toEqual(away);
  });
});

describe('a wait', () => {
  test('ends with the answer, whichever gateway accepted the prediction', async () => {
    const job = await accepted({ gatewayId: 'another gateway' });
    const waiting = waitFor(job.id, 20_000, here, gateway);
    await eventually('the watch', () => gateway.exchange.isWatched(job.id));
    await answer(job);
    expect(await soon(waiting)).toEqual({ kind: 'answered', result: testResult(job.id) });
    expect(gateway.waiters.size).toBe(0);
  });

  test('that is over says how the prediction stands then, and watches no longer', async () => {
    const job = await accepted();
    const waiting = waitFor(job.id, 300, here, gateway);
    await eventually('the watch', () => gateway.exchange.isWatched(job.id));
    await gateway.exchange.markStart(job.id, 'together', 60_000);
    expect(await waiting).toMatchObject({ kind: 'open', state: { status: 'running' } });
    await eventually('the end of the watch', async () => !(await gateway.exchange.isWatched(job.id)));
    expect(gateway.waiters.size).toBe(0);
  });

  test('of no time asks once and watches nothing', async () => {
    const job = await accepted();
    const waiters = Object.assign(Object.create(gateway.waiters) as typeof gateway.waiters, { join: refuse });
    const still = { ...gateway, waiters };
    expect(await waitFor(job.id, 0, here, still)).toMatchObject({ kind: 'open' });
    await answer(job);
    expect(await waitFor(job.id, 20_000, here, still)).toMatchObject({ kind: 'answered' });
  });

  test('finds an answer that came between the first look and the watch', async () => {
    const job = await accepted({ gatewayId: 'another gateway' });
    const { waiters } = gateway;
    // The poll would find it as well.
    waiters.stop();
    const slow = Object.assign(Object.create(waiters) as typeof waiters, {
      join: async (id: string) => {
        await answer(job);
        return waiters.join(id);
      },
    });
    const found = await soon(waitFor(job.id, 20_000, here, { ...gateway, waiters: slow }));
    expect(found).toEqual({ kind: 'answered', result: testResult(job.id) });
  });

  test.each(['before it began', 'while it lasted'])(
    'of a caller that left %s is over at once, and the prediction goes on',
    async (when) => {
      const job = await accepted();
      const leaving = new AbortController();
      if (when === 'before it began') leaving.abort();
      const waiting = waitFor(job.id, 25_000, leaving.signal, gateway);
      if (when === 'while it lasted') {
        await eventually('the watch', () => gateway.exchange.isWatched(job.id));
        leaving.abort();
      }
      expect(await soon(waiting)).toMatchObject({ kind: 'open' });
      expect(gateway.waiters.size).toBe(0);
      expect(await gateway.exchange.getResult(job.id)).toBeUndefined();
    },
  );
});

describe('a cancellation', () => {
  test('ends an open prediction for everybody, and is counted', async () => {
    const job = await accepted({ priority: 'low', gatewayId: 'another gateway' });
    const canceled = canceledResult(job.id, 'canceled on request');
    expect(await cancel(job.id, gateway)).toEqual(canceled);
    expect(await lookUp(job.id, gateway)).toEqual({ kind: 'answered', result: canceled });
    expect(await countedEnds(gateway)).toEqual({ canceled: 1 });
    const wait = `${testKeys.queuePrefix}:tiny@low:wait`;
    await eventually('an empty queue', async () => (await world.redis.llen(wait)) === 0);
  });

  test('of what is answered already tells the answer, and changes nothing', async () => {
    const job = await accepted();
    await answer(job);
    expect(await cancel(job.id, gateway)).toEqual(testResult(job.id));
    expect(await cancel(job.id, gateway)).toEqual(testResult(job.id));
    expect(await countedEnds(gateway)).toEqual({});
  });

  test('by several callers at once is one', async () => {
    const job = await accepted();
    const canceled = canceledResult(job.id, 'canceled on request');
    const other = await testGateway(world, { id: 'gateway-2' });
    const all = [gateway, other, gateway, other].map((one) => cancel(job.id, one));
    expect(await Promise.all(all)).toEqual(all.map(() => canceled));
    const counts = [await countedEnds(gateway), await countedEnds(other)];
    expect(counts.reduce((sum, { canceled: count = 0 }) => sum + count, 0)).toBe(1);
  });
});
