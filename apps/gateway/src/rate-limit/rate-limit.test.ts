import { setTimeout as sleep } from 'node:timers/promises';
import { fastify } from 'fastify';
import { beforeAll, expect, test } from 'vitest';
import { keysOf } from '@shoal/shared/contract';
import { connectProducer, type Redis } from '@shoal/shared/redis';
import { useRedis } from '../../../../tests/support/exchange.ts';
import { waitFor } from '../../../../tests/support/wait-for.ts';
import { handleErrors } from '../error-handler.ts';
import { RateLimit, limitRates, type Charged } from './rate-limit.ts';

const parts = useRedis();
const keys = keysOf('shoal');
let producer: Redis;
let said: string[] = [];

beforeAll(async () => {
  producer = parts.adopt(connectProducer(parts.server.url, 300));
  await waitFor('the connection', () => producer.status === 'ready');
});

const limitOf = (perMinute: number, canReachRedis = () => true): RateLimit =>
  new RateLimit({
    redis: producer,
    keys,
    perMinute,
    canReachRedis,
    log: { warn: (_: object, text: string) => void said.push(text) } as never,
  });

const from = (apiKey: string | undefined, ip = '203.0.113.1'): Charged => ({
  apiKey,
  ip,
  socket: {},
  quota: undefined,
});

const tooMuch = (remaining: number) => ({
  code: 'rate_limited',
  message: expect.stringContaining(`of which ${remaining} are left`) as string,
});

test('as many as are allowed pass, the next is refused, and each is told what is left', async () => {
  const limit = limitOf(3);
  const request = from('vars');
  for (const remaining of [2, 1, 0]) {
    await limit.spend(request, 1);
    expect(request.quota).toMatchObject({ limit: 3, remaining });
  }
  await expect(limit.spend(request, 1)).rejects.toMatchObject(tooMuch(0));
  expect(request.quota?.resetS).toBeGreaterThan(50);
  expect(request.quota?.resetS).toBeLessThanOrEqual(60);
});

test('several pictures are charged together, or none of them', async () => {
  const limit = limitOf(10);
  await limit.spend(from('vars'), 6);
  await expect(limit.spend(from('vars'), 5)).rejects.toMatchObject(tooMuch(4));
  // What was refused was not charged: the rest of the quota is there for those who fit.
  await limit.spend(from('vars'), 4);
  await expect(limit.spend(from('vars'), 1)).rejects.toMatchObject(tooMuch(0));
});

test('more than a minute allows is refused from the start, and uses nothing up', async () => {
  const limit = limitOf(10);
  await expect(limit.spend(from('vars'), 11)).rejects.toMatchObject({ ...tooMuch(10), retryAfterS: 60 });
  expect(await parts.redis.keys('*')).toEqual([]);
});

test('each key has its own quota, and so has each address; a key’s does not depend on the address', async () => {
  const limit = limitOf(1);
  await limit.spend(from('vars', '203.0.113.1'), 1);
  await limit.spend(from('mondrian', '203.0.113.1'), 1);
  await limit.spend(from(undefined, '203.0.113.1'), 1);
  await limit.spend(from(undefined, '203.0.113.2'), 1);
  await expect(limit.spend(from('vars', '203.0.113.9'), 1)).rejects.toMatchObject(tooMuch(0));
  await expect(limit.spend(from(undefined, '203.0.113.1'), 1)).rejects.toMatchObject(tooMuch(0));
});

test('what is counted is under our tag, ends by itself within a minute, and is whole again then', async () => {
  const limit = limitOf(2);
  await limit.spend(from('vars'), 1);
  const names = await parts.redis.keys('*');
  expect(names).toEqual(['{shoal}:rate:key:vars']);
  const ttlMs = await parts.redis.pttl(names[0]!);
  expect(ttlMs).toBeGreaterThan(55_000);
  expect(ttlMs).toBeLessThanOrEqual(60_000);
  // Neither what is counted later nor what is refused makes the minute longer.
  await parts.redis.pexpire(names[0]!, 5_000);
  await limit.spend(from('vars'), 1);
  await expect(limit.spend(from('vars'), 1)).rejects.toMatchObject({ code: 'rate_limited', retryAfterS: 5 });
  expect(await parts.redis.pttl(names[0]!)).toBeLessThanOrEqual(5_000);
  await parts.redis.pexpire(names[0]!, 50);
  await sleep(80);
  await limit.spend(from('vars'), 1);
});

test('many at the same moment do not get more than is allowed', async () => {
  const limit = limitOf(20);
  const outcomes = await Promise.allSettled(Array.from({ length: 60 }, () => limit.spend(from('vars'), 1)));
  expect(outcomes.filter(({ status }) => status === 'fulfilled')).toHaveLength(20);
});

test('without a limit, and for nothing, nobody is counted', async () => {
  for (let i = 0; i < 5; i += 1) await limitOf(0).spend(from('vars'), 1);
  const limit = limitOf(1);
  for (let i = 0; i < 5; i += 1) await limit.spend(from('vars'), 0);
  expect(await parts.redis.keys('*')).toEqual([]);
});

test('a Redis that is known to be away is not asked', async () => {
  const limit = limitOf(1, () => false);
  for (let i = 0; i < 5; i += 1) await limit.spend(from('vars'), 1);
  expect(await parts.redis.keys('*')).toEqual([]);
});

test('a Redis that does not answer, or is full, lets everybody on to the next step, and soon', async () => {
  const limit = limitOf(1);
  said = [];
  await parts.server.pause();
  const beforeMs = performance.now();
  await limit.spend(from('vars'), 1);
  expect(performance.now() - beforeMs).toBeLessThan(1_000);
  await parts.server.resume();
  expect(said).toEqual(['a request could not be counted']);
  await waitFor('Redis', async () => (await producer.ping()) === 'PONG');
  await parts.redis.config('SET', 'maxmemory', '1');
  try {
    await limit.spend(from('ben'), 1);
    await limit.spend(from('ben'), 1);
  } finally {
    await parts.redis.config('SET', 'maxmemory', '0');
  }
});

test('of HTTP only what is posted is charged, before its body comes; the answer says what is left', async () => {
  const app = fastify();
  let refusals = 0;
  handleErrors(app);
  app.decorateRequest('apiKey', undefined);
  limitRates(app, limitOf(1), () => (refusals += 1));
  app.get('/v1/models', async () => ({}));
  app.post('/v1/predictions', async () => ({}));
  const post = (remoteAddress: string) =>
    app.inject({ method: 'POST', url: '/v1/predictions', remoteAddress });
  const first = await post('203.0.113.1');
  expect(first.statusCode).toBe(200);
  expect(first.headers).toMatchObject({
    'ratelimit-limit': '1',
    'ratelimit-remaining': '0',
    'ratelimit-reset': '60',
  });
  const second = await post('203.0.113.1');
  expect(second.statusCode).toBe(429);
  expect(second.json()).toMatchObject({ error: { code: 'rate_limited' } });
  expect(Number(second.headers['retry-after'])).toBeGreaterThan(50);
  expect(second.headers['ratelimit-remaining']).toBe('0');
  expect(refusals).toBe(1);
  const look = await app.inject({ url: '/v1/models', remoteAddress: '203.0.113.1' });
  expect(look.statusCode).toBe(200);
  expect(look.headers).not.toHaveProperty('ratelimit-limit');
  expect((await post('203.0.113.2')).statusCode).toBe(200);
});
