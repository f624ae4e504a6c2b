import { randomUUID } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import { roomyLimits, testJob, testResult, useRedis } from '../../../../tests/support/exchange.ts';
import {
  canceledResult,
  expiredResult,
  failedResult,
  keysOf,
  ledgerKeptMs,
  type ErrorCode,
  type Job,
  type Result,
  type Webhook,
} from '../contract/index.ts';
import { connectConsumer } from './connect.ts';
import { ExchangeStore } from './exchange-store.ts';
import { parseResult, parseWakeUp } from './stored-result.ts';
import { readFigures } from './test-ledger.ts';

const world = useRedis();
const keys = keysOf('test');
async function listed(store: ExchangeStore): Promise<string[]> {
  const ids: string[] = [];
  for await (const page of store.listWebhooks()) ids.push(...page);
  return ids;
}
const newStore = () => new ExchangeStore(world.redis, keys);
const figures = () => readFigures(world.redis, keys);
const webhook: Webhook = { url: 'https://hooks.test/seen?a=b/c&d="é"', secret: 'whsec_c2VjcmV0' };

const failed = (code: ErrorCode) => (id: string) => failedResult(id, code, 'x');

async function admitted(fields: Partial<Job> = {}, size = 10, hook?: Webhook): Promise<Job> {
  const job = testJob(fields);
  const open = { job, ...(hook && { webhook: hook }) };
  await newStore().admit(
    open,
    Buffer.alloc(size, 7),
    roomyLimits,
    job.claim === undefined ? undefined : 'd1',
  );
  return job;
}

/** What is said on these channels from now on, as `<channel> <message>`. */
async function listenTo(...channels: string[]) {
  const subscriber = world.adopt(connectConsumer(world.server.url));
  const heard: string[] = [];
  subscriber.on('message', (channel, message) => heard.push(`${channel} ${message}`));
  await subscriber.subscribe(...channels);
  // A reply on this connection comes after what was published before it.
  return async () => {
    await subscriber.ping();
    return heard;
  };
}

describe('an answer', () => {
  test('of many who answer at once one is first, and everybody is given the answer that stands', async () => {
    const job = testJob();
    const stores = [1, 2, 3].map(
      () => new ExchangeStore(world.adopt(connectConsumer(world.server.url)), keys),
    );
    const answers = Array.from({ length: 12 }, (_, n) => failedResult(job.id, 'model_failed', `writer ${n}`));
    const told = await Promise.all(answers.map((answer, n) => stores[n % 3]!.publishResult(answer, job)));
    const standing = await newStore().getResult(job.id);
    expect(answers).toContainEqual(standing);
    for (const each of told) expect(each).toEqual(standing);
    // Whoever was first gets back the very object that was handed in; that is how it knows.
    expect(told.filter((each, n) => each === answers[n])).toHaveLength(1);
  });

  test('that is sent again after a lost connection is known as the own one', async () => {
    const store = newStore();
    const job = await admitted();
    const result = expiredResult(job.id);
    expect(await store.publishResult(result, job)).toBe(result);
    expect(await store.publishResult(result, job)).toBe(result);
  });

  test('in the same words as one that stands is not taken for it: one of two writers was first', async () => {
    const [one, other] = [newStore(), newStore()];
    const job = await admitted();
    const [first, second] = [expiredResult(job.id), expiredResult(job.id)];
    expect(await one.publishResult(first, job)).toBe(first);
    for (const store of [one, other]) {
      const standing = await store.publishResult(second, job);
      expect(standing).toEqual(second);
      expect(standing).not.toBe(second);
    }
  });

  test('is kept for as long as its job says', async () => {
    const job = await admitted({ keepMs: 90_000 });
    await newStore().publishResult(testResult(job.id), job);
    const ttlMs = await world.redis.pttl(keys.result(job.id));
    expect(ttlMs).toBeGreaterThan(85_000);
    expect(ttlMs).toBeLessThanOrEqual(90_000);
  });

  test('ends bytes, row, mark and watch, which stay until it is there', async () => {
    const store = newStore();
    const job = await admitted();
    await store.markStart(job.id, 'together', 60_000);
    await store.watch(job.id, 'gateway-2', 60_000);
    await store.look(job.id);
    const ours = [keys.upload(job.id), keys.started(job.id), keys.watchers(job.id)];
    expect(await world.redis.exists(...ours, keys.ledger, keys.ledgerRows)).toBe(5);
    await store.publishResult(testResult(job.id), job);
    expect(await world.redis.exists(...ours, keys.ledger, keys.ledgerRows)).toBe(0);
    expect(await figures()).toEqual({});
  });

  test('that comes second still tidies up, and leaves the first and its time as they are', async () => {
    const store = newStore();
    const job = testJob({ keepMs: 90_000 });
    await store.publishResult(testResult(job.id), job);
    await world.redis.pexpire(keys.result(job.id), 50_000);
    await store.admit({ job, webhook }, Buffer.alloc(10), roomyLimits);
    expect(await store.publishResult(canceledResult(job.id, 'too late'), job)).toEqual(testResult(job.id));
    expect(await world.redis.exists(keys.upload(job.id), keys.webhooks)).toBe(0);
    expect(await figures()).toEqual({});
    expect(await world.redis.pttl(keys.result(job.id))).toBeLessThanOrEqual(50_000);
  });

  test('takes only its own row back, also where that has no bytes', async () => {
    const job = await admitted({}, 0);
    await admitted({}, 10);
    await admitted({ priority: 'low' }, 5);
    await newStore().publishResult(testResult(job.id), job);
    expect(await figures()).toEqual({
      jobs: 2,
      bytes: 15,
      'jobs tiny': 2,
      'bytes tiny': 15,
      'open normal tiny': 1,
      'open low tiny': 1,
    });
  });

  test('leaves no counter behind for a model that owes nothing more', async () => {
    for (const priority of ['high', 'normal', 'low'] as const) {
      const job = await admitted({ priority, model: 'gone' });
      await newStore().publishResult(testResult(job.id), job);
    }
    expect(Object.keys(await world.redis.hgetall(keys.ledgerTotals)).sort()).toEqual(['bytes', 'jobs']);
  });

  test('is taken by a Redis that is full and takes no more pictures', async () => {
    const job = await admitted({ claim: 'ab'.repeat(32) }, 10, webhook);
    await world.redis.config('SET', 'maxmemory', '1');
    try {
      await expect(admitted()).rejects.toThrow(/OOM/);
      await newStore().publishResult(expiredResult(job.id), job);
    } finally {
      await world.redis.config('SET', 'maxmemory', '0');
    }
    expect(await newStore().getResult(job.id)).toEqual(expiredResult(job.id));
    expect(await listed(newStore())).toEqual([job.id]);
    expect(await figures()).toEqual({});
  });

  test.each([
    ['an earlier', '10 tiny', {}],
    ['a later', 'words of that version', { jobs: 1, bytes: 10, 'jobs tiny': 1, 'bytes tiny': 10 }],
  ])('is written where %s version has accepted the prediction', async (_which, row, left) => {
    const job = testJob();
    await world.redis.hset(keys.ledgerRows, job.id, row);
    await world.redis.zadd(keys.ledger, job.deadlineAtMs, job.id);
    await world.redis.hset(keys.ledgerTotals, { jobs: 1, bytes: 10, 'jobs tiny': 1, 'bytes tiny': 10 });
    const result = testResult(job.id);
    expect(await newStore().publishResult(result, job)).toBe(result);
    expect(await world.redis.exists(keys.ledgerRows, keys.ledger)).toBe(0);
    // What nobody here can read is left to a recount.
    expect(await figures()).toEqual(left);
  });
});

/** Which gateway was woken, and with which answer. */
function wakeUpOf(heard: string): [gateway: string, answer: Result | undefined] {
  const [channel = ''] = heard.split(' ', 1);
  const { id, text } = parseWakeUp(heard.slice(channel.length + 1));
  return [channel.slice(keys.wake('').length), text === undefined ? undefined : parseResult(id, text)];
}

describe('those who wait', () => {
  test('are woken at the gateway that accepted the prediction, also by who came second', async () => {
    const heard = await listenTo(keys.wake('gateway-1'), keys.wake('gateway-2'));
    const job = testJob();
    await newStore().publishResult(testResult(job.id), job);
    await newStore().publishResult(canceledResult(job.id, 'too late'), { ...job, gatewayId: 'gateway-2' });
    expect((await heard()).map(wakeUpOf)).toEqual([
      ['gateway-1', testResult(job.id)],
      ['gateway-2', testResult(job.id)],
    ]);
  });

  test('are woken at every gateway that watches, and at none that has turned away', async () => {
    const gateways = ['gateway-1', 'gateway-2', 'gateway-3', 'gateway-4'];
    const heard = await listenTo(...gateways.map((id) => keys.wake(id)));
    const store = newStore();
    const job = await admitted();
    for (const id of gateways.slice(1)) await store.watch(job.id, id, 60_000);
    await store.unwatch(job.id, 'gateway-3');
    await store.publishResult(testResult(job.id), job);
    expect((await heard()).toSorted().map(wakeUpOf)).toEqual(
      ['gateway-1', 'gateway-2', 'gateway-4'].map((id) => [id, testResult(job.id)]),
    );
  });
});

describe('the workers of the model', () => {
  test('are told of an ending that stands, and of nothing else', async () => {
    const heard = await listenTo(keys.ended('tiny'), keys.ended('other'));
    const store = newStore();
    const [computed, ended] = [await admitted(), await admitted()];
    await store.publishResult(testResult(computed.id), computed);
    await store.publishResult(canceledResult(computed.id, 'too late'), computed, { isEnding: true });
    await store.publishResult(expiredResult(ended.id), ended, { isEnding: true });
    expect(await heard()).toEqual([`${keys.ended('tiny')} ${ended.id}`]);
  });
});

describe("a caller's key", () => {
  const claim = 'ab'.repeat(32);
  const keyOf = () => world.redis.get(keys.claim(claim));

  test.each<[string, (id: string) => Result]>([
    ['a success', (id) => testResult(id)],
    ['a picture at fault', failed('image_undecodable')],
    ['options at fault', failed('options_invalid')],
  ])('still stands for its prediction after %s', async (_what, answer) => {
    const job = await admitted({ claim });
    await newStore().publishResult(answer(job.id), job);
    expect(await keyOf()).toBe(`${job.id} d1`);
  });

  test.each<[string, (id: string) => Result]>([
    ['a deadline that passed', (id) => expiredResult(id)],
    ['a cancellation', (id) => canceledResult(id, 'on request')],
    ['a model that failed', failed('model_failed')],
    ['an upload that was lost', failed('upload_lost')],
  ])('is free again after %s: a second try may help', async (_what, answer) => {
    const job = await admitted({ claim });
    await newStore().publishResult(answer(job.id), job);
    expect(await keyOf()).toBeNull();
    expect(await admitted({ claim })).toMatchObject({ claim });
    expect(await keyOf()).not.toBeNull();
  });

  test('is not taken from another prediction, nor by an answer that came too late', async () => {
    const store = newStore();
    const job = await admitted({ claim });
    const other = testJob({ claim });
    await store.publishResult(expiredResult(other.id), other);
    expect(await keyOf()).toBe(`${job.id} d1`);
    await store.publishResult(testResult(job.id), job);
    await store.publishResult(expiredResult(job.id), job);
    expect(await keyOf()).toBe(`${job.id} d1`);
  });
});

describe('a webhook', () => {
  test('is due with the answer, in words of its own, and the gateway is told after it was woken', async () => {
    const heard = await listenTo(keys.wake('gateway-1'));
    const store = newStore();
    const job = await admitted({ options: { classes: ['"webhook"'] } }, 10, webhook);
    expect(await listed(store)).toEqual([]);
    const beforeMs = Date.now();
    await store.publishResult(expiredResult(job.id), job);
    expect(await listed(store)).toEqual([job.id]);
    const row = await store.readWebhook(job.id);
    expect(row).toEqual({
      ...webhook,
      requestId: 'request-1',
      model: 'tiny',
      writtenAtMs: expect.any(Number),
    });
    expect(row!.writtenAtMs).toBeGreaterThanOrEqual(beforeMs);
    const [woken, told] = await heard();
    expect(wakeUpOf(woken!)).toEqual(['gateway-1', expiredResult(job.id)]);
    expect(told).toBe(`${keys.wake('gateway-1')} webhook ${job.id}`);
    expect(await world.redis.pttl(keys.webhooks)).toBeGreaterThan(ledgerKeptMs - 5_000);
  });

  test('is due once, and no more when it was dropped', async () => {
    const store = newStore();
    const job = await admitted({}, 10, webhook);
    await store.publishResult(testResult(job.id), job);
    await store.dropWebhook(job.id);
    await store.publishResult(expiredResult(job.id), job);
    expect(await listed(store)).toEqual([]);
    expect(await store.readWebhook(job.id)).toBeUndefined();
  });

  test('that nobody asked for is not due, whatever a caller called its classes', async () => {
    const job = await admitted({ options: { classes: ['"webhook"', 'webhook'] } });
    await newStore().publishResult(testResult(job.id), job);
    expect(await world.redis.exists(keys.webhooks)).toBe(0);
  });

  test('of an unknown prediction is none', async () => {
    expect(await newStore().readWebhook(randomUUID())).toBeUndefined();
  });
});
