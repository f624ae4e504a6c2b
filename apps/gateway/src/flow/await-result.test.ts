import { canceledResult, expiredResult, type Job } from '@shoal/shared/contract';
import { beforeEach, describe, expect, test } from 'vitest';
import { roomyLimits, testJob, testResult, useRedis } from '../../../../tests/support/exchange.ts';
import { waitFor } from '../../../../tests/support/wait-for.ts';
import type { GatewayContext } from '../gateway-context.ts';
import { awaitResult } from './await-result.ts';
import type { OpenTicket } from './submit.ts';
import { countedEnds, testGateway } from './test-context.ts';

const world = useRedis();
const here = new AbortController().signal;
let gateway: GatewayContext;

beforeEach(async () => {
  gateway = await testGateway(world);
});

async function accepted(fields: Partial<Job> = {}): Promise<OpenTicket> {
  const job = testJob(fields);
  const waiter = gateway.waiters.expect(job.id);
  await gateway.exchange.admit({ job }, Buffer.from('picture'), roomyLimits, job.claim && 'd1');
  await gateway.queues.add(job);
  return { kind: 'open', ...waiter, job, version: 'v1', isReplay: false, ahead: 0 };
}

const standing = ({ job }: OpenTicket) => gateway.exchange.getResult(job.id);
const soonOver = () => ({ deadlineAtMs: Date.now() + 200 });

test('an answer that comes in time is the answer, and nobody waits any more', async () => {
  const ticket = await accepted();
  const waiting = awaitResult(ticket, 20_000, here, gateway);
  await gateway.exchange.publishResult(testResult(ticket.job.id), ticket.job);
  expect(await waiting).toEqual(testResult(ticket.job.id));
  expect(gateway.waiters.size).toBe(0);
  expect(await countedEnds(gateway)).toEqual({});
});

test('a wait that is over before the deadline leaves the prediction as it is', async () => {
  const ticket = await accepted();
  expect(await awaitResult(ticket, 50, here, gateway)).toBeUndefined();
  expect(await gateway.exchange.look(ticket.job.id)).toMatchObject({ kind: 'open' });
  expect(gateway.waiters.size).toBe(0);
});

describe('a deadline that passes', () => {
  test('ends the prediction, is the answer, and is counted', async () => {
    const ticket = await accepted(soonOver());
    const expired = expiredResult(ticket.job.id);
    expect(await awaitResult(ticket, 25_000, here, gateway)).toEqual(expired);
    expect(await standing(ticket)).toEqual(expired);
    expect(await countedEnds(gateway)).toEqual({ deadline_exceeded: 1 });
  });

  test('does not change an answer whose wake-up was lost', async () => {
    const ticket = await accepted({ ...soonOver(), gatewayId: 'another gateway' });
    await gateway.exchange.publishResult(testResult(ticket.job.id), ticket.job);
    expect(await awaitResult(ticket, 25_000, here, gateway)).toEqual(testResult(ticket.job.id));
    expect(await countedEnds(gateway)).toEqual({});
  });

  test('while Redis is away leaves open what stands: nobody is told an answer that may be another', async () => {
    const ticket = await accepted(soonOver());
    gateway.redis.disconnect();
    const waiting = awaitResult(ticket, 25_000, here, gateway);
    await expect(waiting).rejects.toMatchObject({ code: 'redis_unavailable' });
  });
});

const leave = async (ticket: OpenTicket) => {
  const leaving = new AbortController();
  const waiting = awaitResult(ticket, 20_000, leaving.signal, gateway);
  leaving.abort();
  await expect(waiting).rejects.toMatchObject({ code: 'canceled' });
};
/** Time in which an ending would have been written. */
const settle = () => new Promise((resolve) => setTimeout(resolve, 200));

describe('a caller that leaves', () => {
  test('ends its prediction, which is counted', async () => {
    const ticket = await accepted();
    await leave(ticket);
    const answer = await waitFor('the ending', () => standing(ticket));
    expect(answer).toEqual(canceledResult(ticket.job.id, 'the caller left'));
    await waitFor('the count', async () => (await countedEnds(gateway))['canceled'] === 1);
    expect(gateway.waiters.size).toBe(0);
  });

  test('before anybody waited ends it as well', async () => {
    const ticket = await accepted();
    await expect(awaitResult(ticket, 20_000, AbortSignal.abort(), gateway)).rejects.toMatchObject({
      code: 'canceled',
    });
    await waitFor('the ending', () => standing(ticket));
  });

  test('and has a key may come back with it: the prediction goes on', async () => {
    const ticket = await accepted({ claim: 'ab'.repeat(32) });
    await leave(ticket);
    await settle();
    expect(await standing(ticket)).toBeUndefined();
  });

  test('does not end what somebody else here waits for', async () => {
    const ticket = await accepted();
    const other = gateway.waiters.expect(ticket.job.id);
    await leave(ticket);
    await settle();
    expect(await standing(ticket)).toBeUndefined();
    await gateway.exchange.publishResult(testResult(ticket.job.id), ticket.job);
    expect(await other.answer).toEqual(testResult(ticket.job.id));
  });

  test('does not end what somebody waits for at another gateway', async () => {
    const ticket = await accepted();
    const elsewhere = await testGateway(world, { id: 'gateway-2' });
    const { forget } = await elsewhere.waiters.join(ticket.job.id);
    await leave(ticket);
    await settle();
    expect(await standing(ticket)).toBeUndefined();
    forget();
  });
});
