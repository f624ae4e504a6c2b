import { randomUUID } from 'node:crypto';
import { keysOf } from '@shoal/shared/contract';
import { ExchangeStore, connectSubscriber, type Redis } from '@shoal/shared/redis';
import { createLog } from '@shoal/shared/service';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { roomyLimits, testJob, testResult, useRedis } from '../../../tests/support/exchange.ts';
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
/** Predictions whose webhook this gateway was told of. */
let webhooksDue: string[];

// The poll is moved by hand: what arrives otherwise arrived by a wake-up.
beforeEach(async () => {
  vi.useFakeTimers({ toFake: ['setInterval', 'clearInterval'] });
  exchange = new ExchangeStore(world.redis, keys);
  questions = [];
  webhooksDue = [];
  subscriber = world.adopt(connectSubscriber(world.server.url));
  waiters = new Waiters({
    subscriber,
    exchange: {
      getResults: (ids) => {
        questions.push(ids);
        return exchange.getResults(ids);
      },
      watch: (...args) => exchange.watch(...args),
      unwatch: (...args) => exchange.unwatch(...args),
      isWatched: (id) => exchange.isWatched(id),
    },
    keys,
    gatewayId,
    log,
    onWebhookDue: (id) => void webhooksDue.push(id),
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
/** A worker's answer to a prediction that a gateway accepted. */
const answerFor = (id: string, acceptedBy = gatewayId) =>
  exchange.publishResult(testResult(id), testJob({ id, gatewayId: acceptedBy }));
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
  await answerFor(first);
  expect(await answer).toEqual(testResult(first));
  expect(others).toBe(0);
  expect(waiters.size).toBe(1);
  await answerFor(second);
  await waitFor('the other answer', () => others === 1);
  // Each came with its wake-up.
  expect(questions).toEqual([]);
});

test('an answer that is too large for a wake-up is asked for', async () => {
  const id = randomUUID();
  const { answer } = waiters.expect(id);
  const [found] = testResult(id).detections;
  const large = { ...testResult(id), detections: Array.from({ length: 2_000 }, () => found!) };
  await exchange.publishResult(large, testJob({ id, gatewayId }));
  expect(await answer).toEqual(large);
  expect(questions).toEqual([[id]]);
});

test('a wake-up that is lost is a delay: the poll finds the answer', async () => {
  const id = randomUUID();
  const { answer } = waiters.expect(id);
  await answerFor(id, 'another gateway');
  await settle();
  expect(questions).toEqual([]);
  poll();
  expect(await answer).toEqual(testResult(id));
});

test('an answer that was there before anybody waited is found as well', async () => {
  const id = randomUUID();
  await answerFor(id);
  await settle();
  expect(questions).toEqual([]);
  const { answer } = waiters.expect(id);
  poll();
  expect(await answer).toEqual(testResult(id));
});

test('an answer is handed over once, however often it is told of', async () => {
  const id = randomUUID();
  const { answer } = waiters.expect(id);
  await answerFor(id);
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
  await answerFor(id);
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
  await answerFor(id);
  expect(await answer).toEqual(testResult(id));
});

test('many who wait are asked for in few commands', async () => {
  const ids = Array.from({ length: 450 }, () => randomUUID());
  const answers = ids.map((id) => waiters.expect(id).answer);
  await Promise.all(ids.map((id) => answerFor(id, 'another gateway')));
  poll();
  expect((await Promise.all(answers)).map(({ id }) => id)).toEqual(ids);
  expect(questions.map(({ length }) => length)).toEqual([200, 200, 50]);
});

test('wake-ups that were missed while the connection was gone are made up for when it is back', async () => {
  const id = randomUUID();
  const { answer } = waiters.expect(id);
  await answerFor(id, 'another gateway');
  await world.redis.call('CLIENT', 'KILL', 'TYPE', 'pubsub');
  expect(await answer).toEqual(testResult(id));
});

describe('several who wait for one prediction', () => {
  test('are each given the answer', async () => {
    const id = randomUUID();
    const answers = [1, 2, 3].map(() => waiters.expect(id).answer);
    expect(waiters.size).toBe(1);
    await answerFor(id);
    expect(await Promise.all(answers)).toEqual([1, 2, 3].map(() => testResult(id)));
    expect(waiters.size).toBe(0);
  });

  test('go on waiting when one of them turns away', async () => {
    const id = randomUUID();
    const [staying, leaving] = [waiters.expect(id), waiters.expect(id)];
    let isTold = false;
    void leaving.answer.then(() => (isTold = true));
    leaving.forget();
    leaving.forget();
    expect(waiters.size).toBe(1);
    await answerFor(id);
    expect(await staying.answer).toEqual(testResult(id));
    expect(isTold).toBe(false);
  });

  test('are not forgotten by one whose answer came before they did', async () => {
    const id = randomUUID();
    const first = waiters.expect(id);
    await answerFor(id);
    await first.answer;
    const second = waiters.expect(id);
    first.forget();
    expect(waiters.size).toBe(1);
    poll();
    expect(await second.answer).toEqual(testResult(id));
  });
});

describe('whoever joins', () => {
  test('a prediction that another gateway accepted is woken as well', async () => {
    const id = randomUUID();
    const { answer } = await waiters.join(id);
    await answerFor(id, 'another gateway');
    expect(await answer).toEqual(testResult(id));
    expect(questions).toEqual([]);
  });

  test('is known to every gateway until the last one here turns away', async () => {
    const id = randomUUID();
    const [first, second] = [await waiters.join(id), await waiters.join(id)];
    first.forget();
    await settle();
    expect(await exchange.isWatched(id)).toBe(true);
    second.forget();
    await waitFor('the end of the watch', async () => !(await exchange.isWatched(id)));
    expect(waiters.size).toBe(0);
  });

  test('in vain leaves nothing behind', async () => {
    const id = randomUUID();
    const broken = new Waiters({
      subscriber,
      keys,
      gatewayId,
      log,
      onWebhookDue: () => undefined,
      exchange: Object.assign(Object.create(exchange) as ExchangeStore, {
        watch: async () => {
          throw new Error('Redis is away');
        },
      }),
    });
    await expect(broken.join(id)).rejects.toThrow('Redis is away');
    expect(broken.size).toBe(0);
  });
});

test('a prediction is awaited while anybody waits for it, here or at another gateway', async () => {
  const id = randomUUID();
  expect(await waiters.isAwaited(id)).toBe(false);
  const { forget } = waiters.expect(id);
  expect(await waiters.isAwaited(id)).toBe(true);
  forget();
  expect(await waiters.isAwaited(id)).toBe(false);
  await exchange.watch(id, 'another gateway', 60_000);
  expect(await waiters.isAwaited(id)).toBe(true);
});

test('a webhook that is due is told of at the gateway that accepted the prediction, whoever waits', async () => {
  const job = testJob({ gatewayId });
  const webhook = { url: 'https://hooks.test/', secret: 'whsec_c2VjcmV0' };
  await exchange.admit({ job, webhook }, Buffer.from('picture'), roomyLimits);
  await answerFor(job.id);
  await waitFor('the word of it', () => webhooksDue.length > 0);
  expect(webhooksDue).toEqual([job.id]);
  expect(questions).toEqual([]);
});
