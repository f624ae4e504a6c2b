import { randomUUID } from 'node:crypto';
import { keysOf } from '@shoal/shared/contract';
import { ExchangeStore, connectSubscriber, type Redis } from '@shoal/shared/redis';
import { createLog } from '@shoal/shared/service';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { testResult, useRedis } from '../../../tests/support/exchange.ts';
import { waitFor } from '../../../tests/support/wait-for.ts';
import { Waiters } from './waiters.ts';

const world = useRedis();
const keys = keysOf('test');
const gatewayId = 'gateway-1';
const log = createLog('test', { SHOAL_LOG_LEVEL: 'silent' });
let waiters: Waiters;
let exchange: ExchangeStore;
let subscriber: Redis;
/** What was asked of Redis, one list of ids a command. */
let questions: (readonly string[])[];

// The poll is moved by hand: what arrives otherwise arrived by a wake-up.
beforeEach(async () => {
  vi.useFakeTimers({ toFake: ['setInterval', 'clearInterval'] });
  exchange = new ExchangeStore(world.redis, keys, 60_000);
  questions = [];
  subscriber = world.adopt(connectSubscriber(world.server.url));
  waiters = new Waiters({
    subscriber,
    exchange: {
      getResults: (ids) => {
        questions.push(ids);
        return exchange.getResults(ids);
      },
    },
    keys,
    gatewayId,
    log,
  });
  waiters.start();
  await waitFor('the subscription', async () => (await listeners()) === 1);
});

afterEach(async () => {
  waiters.stop();
  subscriber.disconnect();
  await waitFor('the end of the subscription', async () => (await listeners()) === 0);
  vi.useRealTimers();
});

const listeners = async () => Number((await world.redis.pubsub('NUMSUB', keys.wake(gatewayId)))[1]);
const poll = () => vi.advanceTimersByTime(1_000);
/** Nothing that was sent before is still on its way. */
const settle = async () => {
  await world.redis.ping();
  await new Promise((resolve) => setTimeout(resolve, 20));
};

test('an answer that is published wakes the one who waits for it, and nobody else', async () => {
  const [first, second] = [randomUUID(), randomUUID()];
  const { answer } = waiters.expect(first);
  let others = 0;
  void waiters.expect(second).answer.then(() => (others += 1));
  await exchange.publishResult(testResult(first), gatewayId);
  expect(await answer).toEqual(testResult(first));
  expect(others).toBe(0);
  expect(waiters.size).toBe(1);
  await exchange.publishResult(testResult(second), gatewayId);
  await waitFor('the other answer', () => others === 1);
  expect(questions).toEqual([[first], [second]]);
});

test('a wake-up that is lost is a delay: the poll finds the answer', async () => {
  const id = randomUUID();
  const { answer } = waiters.expect(id);
  await exchange.publishResult(testResult(id), 'another gateway');
  await settle();
  expect(questions).toEqual([]);
  poll();
  expect(await answer).toEqual(testResult(id));
});

test('an answer that was there before anybody waited is found as well', async () => {
  const id = randomUUID();
  await exchange.publishResult(testResult(id), gatewayId);
  await settle();
  expect(questions).toEqual([]);
  const { answer } = waiters.expect(id);
  poll();
  expect(await answer).toEqual(testResult(id));
});

test('an answer is handed over once, however often it is told of', async () => {
  const id = randomUUID();
  const { answer } = waiters.expect(id);
  await exchange.publishResult(testResult(id), gatewayId);
  await answer;
  expect(waiters.size).toBe(0);
  const asked = questions.length;
  await world.redis.publish(keys.wake(gatewayId), id);
  poll();
  await settle();
  expect(questions).toHaveLength(asked);
});

test('who was forgotten is not asked for any more', async () => {
  const id = randomUUID();
  const { answer, forget } = waiters.expect(id);
  let isAnswered = false;
  void answer.then(() => (isAnswered = true));
  forget();
  await exchange.publishResult(testResult(id), gatewayId);
  poll();
  await settle();
  expect([isAnswered, waiters.size, questions]).toEqual([false, 0, []]);
});

test('a wake-up without an answer behind it wakes nobody', async () => {
  const id = randomUUID();
  const { answer } = waiters.expect(id);
  await world.redis.publish(keys.wake(gatewayId), id);
  await waitFor('the question', () => questions.length === 1);
  await settle();
  expect(waiters.size).toBe(1);
  await exchange.publishResult(testResult(id), gatewayId);
  expect(await answer).toEqual(testResult(id));
});

test('many who wait are asked for in few commands', async () => {
  const ids = Array.from({ length: 450 }, () => randomUUID());
  const answers = ids.map((id) => waiters.expect(id).answer);
  await Promise.all(ids.map((id) => exchange.publishResult(testResult(id), 'another gateway')));
  poll();
  expect((await Promise.all(answers)).map(({ id }) => id)).toEqual(ids);
  expect(questions.map(({ length }) => length)).toEqual([200, 200, 50]);
});

test('wake-ups that were missed while the connection was gone are made up for when it is back', async () => {
  const id = randomUUID();
  const { answer } = waiters.expect(id);
  await exchange.publishResult(testResult(id), 'another gateway');
  await world.redis.call('CLIENT', 'KILL', 'TYPE', 'pubsub');
  expect(await answer).toEqual(testResult(id));
});
