import { describe, expect, test } from 'vitest';
import { useRedis } from '../../../../tests/support/exchange.ts';
import { gatewayAnnouncementTtlMs, keysOf } from '../contract/index.ts';
import { connectProducer } from './connect.ts';
import { GatewayStore } from './gateway-store.ts';

const world = useRedis();
const keys = keysOf('shoal');

const newStore = () => new GatewayStore(world.redis, keys);

describe('the list of gateways', () => {
  test('holds who announced itself, in a stable order, each once', async () => {
    const store = newStore();
    for (const url of ['http://b:8080', 'http://a:8080', 'http://b:8080']) await store.announce(url);
    expect(await store.list()).toEqual(['http://a:8080', 'http://b:8080']);
  });

  test('loses who withdrew, at once', async () => {
    const store = newStore();
    await store.announce('http://a:8080');
    await store.announce('http://b:8080');
    await store.withdraw('http://a:8080');
    expect(await store.list()).toEqual(['http://b:8080']);
  });

  test('loses who fell silent, even while others keep the key alive', async () => {
    const store = newStore();
    await store.announce('http://silent:8080');
    const [seconds] = await world.redis.time();
    await world.redis.zadd(keys.gateways, Number(seconds) * 1_000 - 1, 'http://silent:8080');
    expect(await store.list()).toEqual([]);
    await store.announce('http://b:8080');
    expect(await world.redis.zrange(keys.gateways, '0', '-1')).toEqual(['http://b:8080']);
  });

  test('ends with the last gateway: the key has a time to live', async () => {
    const store = newStore();
    await store.announce('http://a:8080');
    const ttlMs = await world.redis.pttl(keys.gateways);
    expect(ttlMs).toBeGreaterThan(gatewayAnnouncementTtlMs - 500);
    expect(ttlMs).toBeLessThan(gatewayAnnouncementTtlMs * 2);
  });

  test('lets nothing through that is no address', async () => {
    const store = newStore();
    const odd = ['http://a:8080/x', 'ftp://a', 'http://a:8080\nhttp://b', 'http://u:p@a', '', '`', 'http://'];
    for (const url of odd) await world.redis.zadd(keys.gateways, Number.MAX_SAFE_INTEGER, url);
    for (const url of ['http://[::1]:8080', 'https://a_b.c-d']) await store.announce(url);
    expect(await store.list()).toEqual(['http://[::1]:8080', 'https://a_b.c-d']);
  });

  test('is an error while Redis is away, never an empty list', async () => {
    const redis = world.adopt(connectProducer('redis://127.0.0.1:1', 500));
    await expect(new GatewayStore(redis, keys).list()).rejects.toThrow(/writeable/);
  });
});
