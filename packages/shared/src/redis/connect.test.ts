import { afterEach, describe, expect, onTestFinished, test } from 'vitest';
import { findTestRedis, startRedis } from '../../../../tests/support/redis.ts';
import { useRedis } from '../../../../tests/support/exchange.ts';
import { waitFor } from '../../../../tests/support/wait-for.ts';
import {
  RedisUnfitError,
  checkRedis,
  connectConsumer,
  connectProducer,
  connectSubscriber,
} from './connect.ts';

const world = useRedis();

describe('checkRedis', () => {
  afterEach(() => world.redis.config('SET', 'maxmemory-policy', 'noeviction', 'maxmemory', '0'));

  test('says how much memory there is, 0 for no limit', async () => {
    await world.redis.config('SET', 'maxmemory', '123456789');
    expect(await checkRedis(world.redis)).toBe(123_456_789);
    await world.redis.config('SET', 'maxmemory', '0');
    expect(await checkRedis(world.redis)).toBe(0);
  });

  test.each(['allkeys-lru', 'volatile-ttl'])(
    'one that evicts by %s is refused, with the remedy',
    async (policy) => {
      await world.redis.config('SET', 'maxmemory-policy', policy);
      const refusal = checkRedis(world.redis);
      await expect(refusal).rejects.toThrow(RedisUnfitError);
      await expect(refusal).rejects.toThrow(new RegExp(`maxmemory-policy ${policy}.*noeviction`));
    },
  );

  test('a cluster is refused', async ({ skip }) => {
    const source = await findTestRedis();
    // In a container it would have to be another command line.
    if (source.kind === 'container') skip('needs a Redis program, and there is only a container');
    const server = await startRedis({ furtherArguments: ['--cluster-enabled', 'yes'] });
    onTestFinished(() => server.stop());
    const client = world.adopt(connectConsumer(server.url));
    await expect(checkRedis(client)).rejects.toThrow(/is a cluster.*single Redis/);
  });
});

describe('a gateway’s connection', () => {
  test('on a frozen Redis a command ends in an error after its time, and the connection is good for more', async () => {
    const producer = world.adopt(connectProducer(world.server.url, 300));
    await waitFor('the connection', () => producer.status === 'ready');
    await world.server.pause();
    onTestFinished(() => world.server.resume());
    const startedMs = performance.now();
    await expect(producer.get('x')).rejects.toThrow(/timed out/);
    expect(performance.now() - startedMs).toBeLessThan(1_500);
    await world.server.resume();
    await waitFor('an answer', async () => (await producer.get('x')) === null);
  });

  test('while Redis is gone a command fails at once, nothing of it is sent later, and the connection returns', async () => {
    const server = await startRedis();
    onTestFinished(() => server.stop());
    const producer = world.adopt(connectProducer(server.url, 2_000));
    await waitFor('the connection', () => producer.status === 'ready');
    await server.kill();
    await waitFor('the loss to be noticed', () => producer.status !== 'ready');
    const startedMs = performance.now();
    await expect(producer.set('sent', 'late')).rejects.toThrow(/Stream isn't writeable/);
    expect(performance.now() - startedMs).toBeLessThan(500);
    await server.restart();
    await waitFor('the connection to return', () => producer.status === 'ready');
    expect(await producer.exists('sent')).toBe(0);
  });
});

describe('a worker’s connections', () => {
  test('a command that is given while Redis is gone is carried out when it is back', async () => {
    const server = await startRedis();
    onTestFinished(() => server.stop());
    const consumer = world.adopt(connectConsumer(server.url));
    await consumer.ping();
    await server.kill();
    let attempts = 0;
    consumer.on('reconnecting', () => (attempts += 1));
    const command = consumer.set('patience', 'pays');
    await waitFor('a few attempts in vain', () => attempts >= 3);
    await server.restart();
    expect(await command).toBe('OK');
  });

  test('a subscription is there again when Redis is back', async () => {
    const server = await startRedis();
    onTestFinished(() => server.stop());
    const [subscriber, publisher] = [connectSubscriber(server.url), connectConsumer(server.url)].map(
      (connection) => world.adopt(connection),
    );
    const heard: string[] = [];
    subscriber!.on('message', (_channel, message) => heard.push(message));
    await subscriber!.subscribe('wake');
    await server.kill();
    await server.restart();
    await waitFor('a listener', async () => (await publisher!.publish('wake', 'up')) === 1);
    await waitFor('the message', () => heard.length > 0);
    expect(heard).toEqual(['up']);
  });
});

test('a primary that became a replica is left, since its address may lead to another one by now', async () => {
  const server = await startRedis();
  onTestFinished(() => server.stop());
  const redis = connectProducer(server.url, 2_000);
  redis.on('error', () => undefined);
  onTestFinished(() => redis.disconnect());
  await waitFor('the connection', () => redis.status === 'ready');
  const identity = () => redis.client('ID');
  const before = await identity();
  await redis.replicaof('127.0.0.1', '1');
  await expect(redis.set('a', 'b')).rejects.toThrow('READONLY');
  const after = await waitFor('another connection', async () => {
    const now = redis.status === 'ready' ? await identity() : before;
    return now === before ? undefined : now;
  });
  expect(after).toBeGreaterThan(before);
});
