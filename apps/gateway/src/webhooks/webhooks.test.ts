import { keysOf, type WebhookRow } from '@shoal/shared/contract';
import { ExchangeStore, connectConsumer, connectProducer } from '@shoal/shared/redis';
import { createLog } from '@shoal/shared/service';
import { randomUUID } from 'node:crypto';
import { Webhook } from 'standardwebhooks';
import { beforeEach, expect, onTestFinished, test } from 'vitest';
import { testResult, useRedis } from '../../../../tests/support/exchange.ts';
import { startReceiver, type Receiver } from '../../../../tests/support/receiver.ts';
import { waitFor } from '../../../../tests/support/wait-for.ts';
import { WebhookQueue } from './webhook-queue.ts';
import { Webhooks, type WebhookOutcome } from './webhooks.ts';

const world = useRedis();
const keys = keysOf('test');
const secret = `whsec_${Buffer.alloc(32, 3).toString('base64')}`;
const quick = { max: 3, delayMs: 100 };
let counted: WebhookOutcome[];

beforeEach(() => {
  counted = [];
});

async function startGateway(
  options: { isPrivate?: boolean; attempts?: typeof quick } = {},
): Promise<Webhooks> {
  const producer = world.adopt(connectProducer(world.server.url, 1_000));
  const consumer = world.adopt(connectConsumer(world.server.url));
  await waitFor('the connection', () => producer.status === 'ready');
  const queue = new WebhookQueue({
    producer,
    consumer,
    keys,
    attempts: options.attempts ?? quick,
    onError: () => undefined,
  });
  const webhooks = new Webhooks({
    queue,
    exchange: new ExchangeStore(producer, keys),
    settings: { SHOAL_WEBHOOK_PRIVATE: options.isPrivate ?? true },
    log: createLog('test', { SHOAL_LOG_LEVEL: 'silent' }),
    count: (outcome) => void counted.push(outcome),
  });
  onTestFinished(async () => {
    await webhooks.close();
    producer.disconnect();
    consumer.disconnect();
  });
  return webhooks;
}

/** As the script that writes an answer leaves them. */
async function due(url: string, options: { answered?: boolean } = {}): Promise<string> {
  const id = randomUUID();
  const row: WebhookRow = { url, secret, requestId: 'request-1', model: 'tiny', writtenAtMs: Date.now() };
  if (options.answered !== false) await world.redis.set(keys.result(id), JSON.stringify(testResult(id)));
  await world.redis.hset(keys.webhooks, id, JSON.stringify(row));
  return id;
}

const rows = () => world.redis.hlen(keys.webhooks);
const jobKeys = () => world.redis.keys(`${keys.queuePrefix}:@webhooks:????????-????-*`);
const failing = (status: number): Promise<Receiver> =>
  startReceiver((response) => response.writeHead(status).end('no'));

test('a webhook that is due is posted once, signed, and nothing of it is left', async () => {
  const receiver = await startReceiver();
  const webhooks = await startGateway();
  webhooks.start();
  const id = await due(`${receiver.url}/hook?a=b`);
  await webhooks.enqueue(id);
  await waitFor('the outbox to be empty', async () => (await rows()) === 0);
  await waitFor('the queue to be empty', async () => (await jobKeys()).length === 0);
  expect(receiver.received).toMatchObject([
    { method: 'POST', path: '/hook?a=b', headers: { 'webhook-id': id, 'user-agent': 'Shoal' } },
  ]);
  const [{ body, headers }] = receiver.received as [Receiver['received'][number]];
  expect(headers['content-type']).toBe('application/json');
  expect(new Webhook(secret).verify(body, headers as Record<string, string>)).toEqual(testResult(id));
  expect(counted).toEqual(['delivered']);
});

test('one that is enqueued by several gateways is one job', async () => {
  const receiver = await startReceiver();
  const [one, other] = [await startGateway(), await startGateway()];
  const id = await due(receiver.url);
  expect(await one.has(id)).toBe(false);
  await Promise.all([one.enqueue(id), other.enqueue(id), one.enqueue(id)]);
  expect([await one.has(id), await other.has(id)]).toEqual([true, true]);
  one.start();
  other.start();
  await waitFor('the outbox to be empty', async () => (await rows()) === 0);
  await waitFor('the queue to be empty', async () => !(await one.has(id)));
  expect(receiver.received).toHaveLength(1);
});

test('a receiver that fails is asked again, later and later, under the same id', async () => {
  const receiver = await startReceiver((response, _request, index) =>
    response.writeHead(index < 2 ? 500 : 200).end(),
  );
  const webhooks = await startGateway();
  webhooks.start();
  const id = await due(receiver.url);
  await webhooks.enqueue(id);
  await waitFor('the outbox to be empty', async () => (await rows()) === 0);
  expect(receiver.received.map(({ headers }) => headers['webhook-id'])).toEqual([id, id, id]);
  const [first, second, third] = receiver.received.map(({ atMs }) => atMs) as [number, number, number];
  expect(second - first).toBeGreaterThanOrEqual(70);
  expect(third - second).toBeGreaterThanOrEqual(140);
  expect(counted).toEqual(['retried', 'retried', 'delivered']);
});

test('after the last attempt it is given up, and nothing of it is left', async () => {
  const receiver = await failing(503);
  const webhooks = await startGateway();
  webhooks.start();
  await webhooks.enqueue(await due(receiver.url));
  await waitFor('the outbox to be empty', async () => (await rows()) === 0);
  await waitFor('the queue to be empty', async () => (await jobKeys()).length === 0);
  expect(receiver.received).toHaveLength(3);
  expect(counted).toEqual(['retried', 'retried', 'given_up']);
});

test('a receiver that answers 410 is not asked again', async () => {
  const receiver = await failing(410);
  const webhooks = await startGateway();
  webhooks.start();
  await webhooks.enqueue(await due(receiver.url));
  await waitFor('the outbox to be empty', async () => (await rows()) === 0);
  await waitFor('the queue to be empty', async () => (await jobKeys()).length === 0);
  expect(receiver.received).toHaveLength(1);
  expect(counted).toEqual(['gone']);
});

test('a redirect is a failure, and is not followed', async () => {
  const elsewhere = await startReceiver();
  const receiver = await startReceiver((response) =>
    response.writeHead(307, { location: elsewhere.url }).end(),
  );
  const webhooks = await startGateway();
  webhooks.start();
  await webhooks.enqueue(await due(receiver.url));
  await waitFor('it to be given up', async () => (await rows()) === 0);
  expect(elsewhere.received).toEqual([]);
  expect(receiver.received).toHaveLength(3);
});

test('a private receiver is never posted to where that is not allowed, though its row says so', async () => {
  const receiver = await startReceiver();
  const webhooks = await startGateway({ isPrivate: false });
  webhooks.start();
  await webhooks.enqueue(await due(receiver.url));
  await waitFor('it to be given up', async () => (await rows()) === 0);
  expect(receiver.received).toEqual([]);
  expect(counted.at(-1)).toBe('given_up');
});

test('a webhook whose answer has expired is lost, and is said to be', async () => {
  const receiver = await startReceiver();
  const webhooks = await startGateway();
  webhooks.start();
  await webhooks.enqueue(await due(receiver.url, { answered: false }));
  await waitFor('the outbox to be empty', async () => (await rows()) === 0);
  expect(receiver.received).toEqual([]);
  expect(counted).toEqual(['lost']);
});

test('a job without a row has nothing to do', async () => {
  // One that failed would be there for ten minutes.
  const webhooks = await startGateway({ attempts: { max: 2, delayMs: 600_000 } });
  webhooks.start();
  const id = randomUUID();
  await webhooks.enqueue(id);
  await waitFor('the job to end', async () => !(await webhooks.has(id)));
  expect(counted).toEqual([]);
});

test('a gateway that drains ends the delivery under way, and leaves the next one to others', async () => {
  const receiver = await startReceiver((response) => {
    setTimeout(() => response.writeHead(200).end(), 500);
  });
  const leaving = await startGateway();
  leaving.start();
  await leaving.enqueue(await due(receiver.url));
  await waitFor('the delivery to begin', () => receiver.received.length === 1);
  const drained = leaving.drain(5_000);
  const next = await due(receiver.url);
  await leaving.enqueue(next);
  await drained;
  expect(counted).toEqual(['delivered']);
  expect(await leaving.has(next)).toBe(true);
  const staying = await startGateway();
  staying.start();
  await waitFor('the other to deliver it', async () => (await rows()) === 0);
  expect(receiver.received).toHaveLength(2);
});

test('a delivery that outlasts the drain is broken off, and done by another gateway', async () => {
  const receiver = await startReceiver((response, _request, index) => {
    if (index > 0) response.writeHead(200).end();
  });
  const [leaving, staying] = [await startGateway(), await startGateway()];
  leaving.start();
  const id = await due(receiver.url);
  await leaving.enqueue(id);
  await waitFor('the delivery to begin', () => receiver.received.length === 1);
  const startMs = performance.now();
  await leaving.drain(200);
  expect(performance.now() - startMs).toBeLessThan(1_000);
  staying.start();
  await waitFor('the other to deliver it', async () => (await rows()) === 0);
  expect(receiver.received).toHaveLength(2);
});

test('while Redis is away it is not enqueued, and whoever asked knows soon; when it is back it is', async () => {
  const receiver = await startReceiver();
  const webhooks = await startGateway();
  webhooks.start();
  await world.server.kill();
  await waitFor('the loss to be noticed', () => world.redis.status !== 'ready');
  // The first connection of the queue is to a Redis that is not there.
  const startMs = performance.now();
  await expect(webhooks.enqueue(randomUUID())).rejects.toThrow(/writeable|closed/);
  await expect(webhooks.has(randomUUID())).rejects.toThrow(/writeable|closed/);
  expect(performance.now() - startMs).toBeLessThan(4_000);
  await world.server.restart();
  const id = await due(receiver.url);
  await waitFor('it to be enqueued', () => webhooks.enqueue(id).then(() => true));
  await waitFor('the outbox to be empty', async () => (await rows()) === 0);
  expect(receiver.received).toHaveLength(1);
});

test('one that closes while Redis is away ends soon', async () => {
  const webhooks = await startGateway();
  webhooks.start();
  await webhooks.enqueue(randomUUID());
  await world.server.kill();
  try {
    const startMs = performance.now();
    await webhooks.drain(500);
    await webhooks.close();
    expect(performance.now() - startMs).toBeLessThan(4_000);
  } finally {
    await world.server.restart();
  }
});
