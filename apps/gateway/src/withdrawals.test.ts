import { canceledResult, expiredResult, keysOf, priorities, type Job } from '@shoal/shared/contract';
import { ExchangeStore, connectConsumer, connectProducer, type Redis } from '@shoal/shared/redis';
import { createLog } from '@shoal/shared/service';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { roomyLimits, testJob, testResult, useRedis } from '../../../tests/support/exchange.ts';
import { waitFor } from '../../../tests/support/wait-for.ts';
import { ModelQueues } from './model-queues.ts';
import { Withdrawals } from './withdrawals.ts';

const world = useRedis();
const keys = keysOf('test');
let producer: Redis;
let exchange: ExchangeStore;
let queues: ModelQueues;
let withdrawals: Withdrawals;

beforeEach(async () => {
  producer = world.adopt(connectProducer(world.server.url, 1_000));
  exchange = new ExchangeStore(producer, keys);
  queues = new ModelQueues(producer, keys, 1_000);
  const log = createLog('test', { SHOAL_LOG_LEVEL: 'silent' });
  withdrawals = new Withdrawals(producer, exchange, queues, log);
  await waitFor('the connection', () => producer.status === 'ready');
});

afterEach(async () => {
  await queues.close().catch(() => undefined);
  producer.disconnect();
});

async function accepted(fields: Partial<Job> = {}): Promise<Job> {
  const job = testJob(fields);
  await exchange.admit({ job }, Buffer.from('picture'), roomyLimits);
  await queues.add(job);
  return job;
}

/** Looks from outside, and past what this gateway thinks. */
const standing = (id: string) => new ExchangeStore(world.redis, keys).getResult(id);
const left = async (job: Job) => [
  await world.redis.exists(keys.upload(job.id)),
  await world.redis.zcard(keys.ledger),
  await world.redis.llen(`${keys.queuePrefix}:${keys.queueName(job.model, job.priority)}:wait`),
];

test('a prediction that is ended has its answer, and nothing of it is left', async () => {
  const job = await accepted();
  expect(await left(job)).toEqual([1, 1, 1]);
  const result = expiredResult(job.id);
  expect(await withdrawals.end(job, result)).toBe(result);
  expect(await standing(job.id)).toEqual(result);
  await waitFor('an empty queue', async () => (await left(job)).join() === '0,0,0');
});

test.each(priorities)('a %s prediction is taken out of the queue of its class', async (priority) => {
  const job = await accepted({ priority });
  expect(await left(job)).toEqual([1, 1, 1]);
  await withdrawals.end(job, canceledResult(job.id, 'on request'));
  await waitFor('an empty queue', async () => (await left(job)).join() === '0,0,0');
});

test('the workers of the model are told of what was ended, so that it costs no more work', async () => {
  const subscriber = world.adopt(connectConsumer(world.server.url));
  const heard: string[] = [];
  subscriber.on('message', (_channel, id) => heard.push(id));
  await subscriber.subscribe(keys.ended('tiny'));
  const job = await accepted();
  await withdrawals.end(job, expiredResult(job.id));
  await waitFor('the word of it', () => heard.length > 0);
  expect(heard).toEqual([job.id]);
});

test('who ends what is answered already is told the answer that stands', async () => {
  const job = await accepted();
  await exchange.publishResult(testResult(job.id), job);
  expect(await withdrawals.end(job, expiredResult(job.id))).toEqual(testResult(job.id));
});

test('while Redis is gone an ending is kept, and written when it is back', async () => {
  const job = testJob();
  await world.server.kill();
  await waitFor('the loss to be noticed', () => producer.status !== 'ready');
  withdrawals.endUnconfirmed(job, canceledResult(job.id, 'nobody knows'));
  await expect(withdrawals.end(testJob(), canceledResult(job.id, 'left'))).rejects.toThrow(
    /Stream isn't writeable/,
  );
  await world.server.restart();
  await waitFor('the ending', () => standing(job.id));
  expect(await standing(job.id)).toEqual(canceledResult(job.id, 'nobody knows'));
});

test('what the ledger does not know was ended long ago, and is not ended again', async () => {
  const [job, unconfirmed] = [testJob(), testJob()];
  await withdrawals.end(job, expiredResult(job.id));
  withdrawals.endUnconfirmed(unconfirmed, canceledResult(unconfirmed.id, 'nobody knows'));
  await waitFor('the other ending', () => standing(unconfirmed.id));
  expect(await standing(job.id)).toBeUndefined();
});

test('an ending that became the answer is told of once, when it did', async () => {
  const told: string[] = [];
  const [ended, late, kept] = [await accepted(), await accepted(), await accepted()];
  await withdrawals.end(ended, expiredResult(ended.id), () => void told.push('ended'));
  await exchange.publishResult(testResult(late.id), late);
  await withdrawals.end(late, expiredResult(late.id), () => void told.push('late'));
  expect(told).toEqual(['ended']);
  await world.redis.config('SET', 'min-replicas-to-write', '1');
  const refused = withdrawals.end(kept, canceledResult(kept.id, 'left'), () => void told.push('kept'));
  await expect(refused).rejects.toThrow(/NOREPLICAS/);
  await world.redis.config('SET', 'min-replicas-to-write', '0');
  await waitFor('the ending', () => standing(kept.id));
  await waitFor('the word of it', () => told.length > 1);
  expect(told).toEqual(['ended', 'kept']);
});

test('a Redis that took no writes for a while has the ending soon after, though the connection was never lost', async () => {
  const job = await accepted();
  await world.redis.config('SET', 'min-replicas-to-write', '1');
  try {
    await expect(withdrawals.end(job, canceledResult(job.id, 'left'))).rejects.toThrow(/NOREPLICAS/);
  } finally {
    await world.redis.config('SET', 'min-replicas-to-write', '0');
  }
  await waitFor('the ending', () => standing(job.id), 5_000);
  expect(producer.status).toBe('ready');
  expect(await standing(job.id)).toEqual(canceledResult(job.id, 'left'));
});

test('what is kept is bounded: the oldest is dropped, its job ends at its deadline all the same', async () => {
  await world.server.kill();
  await waitFor('the loss to be noticed', () => producer.status !== 'ready');
  const jobs = Array.from({ length: 10_001 }, () => testJob());
  for (const job of jobs) withdrawals.endUnconfirmed(job, canceledResult(job.id, 'left'));
  await world.server.restart();
  await waitFor('the last ending', () => standing(jobs.at(-1)!.id));
  expect(await standing(jobs[0]!.id)).toBeUndefined();
  expect(await standing(jobs[1]!.id)).toMatchObject({ status: 'canceled' });
});
