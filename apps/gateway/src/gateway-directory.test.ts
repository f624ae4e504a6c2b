import { describe, expect, onTestFinished, test } from 'vitest';
import { useRedis } from '../../../tests/support/exchange.ts';
import { startRedis } from '../../../tests/support/redis.ts';
import { waitFor } from '../../../tests/support/wait-for.ts';
import { keysOf } from '@shoal/shared/contract';
import { GatewayStore, connectProducer, type Redis } from '@shoal/shared/redis';
import { createLog } from '@shoal/shared/service';
import { GatewayDirectory } from './gateway-directory.ts';

const world = useRedis();
const keys = keysOf('shoal');

function directoryOn(redis: Redis): GatewayDirectory {
  const directory = new GatewayDirectory(
    new GatewayStore(redis, keys),
    createLog('test', { SHOAL_LOG_LEVEL: 'silent' }),
  );
  onTestFinished(() => directory.withdraw());
  return directory;
}
const inRedis = () => world.redis.zrange(keys.gateways, '0', '-1');

describe('a gateway among others', () => {
  test('announces itself again and again, so that a Redis that came back empty knows it soon', async () => {
    const directory = directoryOn(world.redis);
    directory.announce('http://a:8080', () => true);
    await waitFor('the first word', async () => (await inRedis()).length === 1);
    await world.redis.flushall();
    await waitFor('the next word', async () => (await inRedis()).length === 1, 2_500);
    expect(await inRedis()).toEqual(['http://a:8080']);
  });

  test('is not told of while it is not ready', async () => {
    let isReady = false;
    directoryOn(world.redis).announce('http://a:8080', () => isReady);
    await new Promise((resolve) => setTimeout(resolve, 1_300));
    expect(await inRedis()).toEqual([]);
    isReady = true;
    await waitFor('the word', async () => (await inRedis()).length === 1, 2_500);
  });

  test('is gone at once when it withdraws, even with a word of its own under way', async () => {
    const directory = directoryOn(world.redis);
    directory.announce('http://a:8080', () => true);
    await directory.withdraw();
    expect(await inRedis()).toEqual([]);
    expect(await directory.urls()).toEqual([]);
    await new Promise((resolve) => setTimeout(resolve, 1_300));
    expect(await inRedis()).toEqual([]);
  });

  test('knows the others as well as itself, sorted', async () => {
    const directory = directoryOn(world.redis);
    directory.announce('http://b:8080', () => true);
    const other = directoryOn(world.redis);
    other.announce('http://a:8080', () => true);
    await waitFor('both', async () => (await inRedis()).length === 2);
    expect(await directory.urls()).toEqual(['http://a:8080', 'http://b:8080']);
    expect(await other.urls()).toEqual(['http://a:8080', 'http://b:8080']);
    await world.redis.flushall();
    expect(await other.urls()).toEqual(['http://a:8080']);
  });

  test('remembers the others while Redis is away, and can withdraw without it', async () => {
    const server = await startRedis();
    onTestFinished(() => server.stop());
    const redis = world.adopt(connectProducer(server.url, 500));
    await waitFor('the connection', () => redis.status === 'ready');
    await redis.zadd(keys.gateways, Number.MAX_SAFE_INTEGER, 'http://other:8080');
    const directory = directoryOn(redis);
    directory.announce('http://a:8080', () => true);
    expect(await directory.urls()).toEqual(['http://a:8080', 'http://other:8080']);
    await server.kill();
    expect(await directory.urls()).toEqual(['http://a:8080', 'http://other:8080']);
    await directory.withdraw();
    expect(await directory.urls()).toEqual(['http://other:8080']);
  });
});
