/** Redis stops, freezes and returns: callers are told soon, and what was accepted before is answered after. */
import { expect, onTestFinished, test } from 'vitest';
import { predict } from '../support/ask.ts';
import { pictureThat, plainPicture } from '../support/pictures.ts';
import { ServiceProcess } from '../support/service-process.ts';
import { startRedis } from '../support/redis.ts';
import type { Stack } from '../support/stack.ts';
import { lookInto, startScriptedStack } from '../support/scripted-stack.ts';
import { waitFor } from '../support/wait-for.ts';
import { connectConsumer } from '../../packages/shared/src/redis/index.ts';
import { freePort } from '../../scripts/redis/ports.ts';

const isReady = (stack: Stack) => async () => (await fetch(`${stack.url}/readyz`)).ok;

test(
  'Redis is killed and returns with its file: the picture in flight is answered, refusals are redis_unavailable',
  { timeout: 60_000 },
  async () => {
    const stack = await startScriptedStack({
      redis: { isAppendOnly: true },
      env: { SHOAL_REDIS_TIMEOUT_MS: '1000' },
    });
    const redis = connectConsumer(stack.redis.url);
    redis.on('error', () => undefined);
    onTestFinished(() => redis.disconnect());
    const inFlight = predict(stack.url, 'scripted', await pictureThat('takesLong'));
    await waitFor(
      'the job to be taken',
      async () => (await redis.llen('{shoal}:queue:scripted:active')) === 1,
    );
    // The file is written by the second.
    await new Promise((resolve) => setTimeout(resolve, 1_100));
    await stack.redis.kill();
    const picture = await plainPicture([1, 2, 3]);
    const refused = await predict(stack.url, 'scripted', picture);
    expect(refused).toMatchObject({ status: 503, body: { error: { code: 'redis_unavailable' } } });
    expect(refused.headers.get('retry-after')).not.toBeNull();
    expect((await fetch(`${stack.url}/readyz`)).status).toBe(503);
    expect((await fetch(`${stack.url}/livez`)).status).toBe(200);
    await stack.redis.restart();
    await waitFor('the gateway to be ready again', isReady(stack));
    expect((await inFlight).status).toBe(200);
    expect((await predict(stack.url, 'scripted', picture)).status).toBe(200);
  },
);

test(
  'a frozen Redis: a refusal comes within the command time-out, and what Redis did meanwhile is ended',
  { timeout: 60_000 },
  async () => {
    const stack = await startScriptedStack({
      redis: { isAppendOnly: true },
      env: { SHOAL_REDIS_TIMEOUT_MS: '1000' },
    });
    await stack.redis.pause();
    const refused = await predict(stack.url, 'scripted', await plainPicture([1, 2, 3]), {
      signal: AbortSignal.timeout(10_000),
    });
    expect(refused).toMatchObject({ status: 503, body: { error: { code: 'redis_unavailable' } } });
    await waitFor('the gateway to notice', async () => (await fetch(`${stack.url}/readyz`)).status === 503);
    await stack.redis.resume();
    await waitFor('the gateway to be ready again', isReady(stack));
    expect((await predict(stack.url, 'scripted', await plainPicture([4, 5, 6]))).status).toBe(200);
    const redis = connectConsumer(stack.redis.url);
    onTestFinished(() => redis.disconnect());
    await waitFor('nothing to be left', async () => (await redis.keys('{shoal}:upload:*')).length === 0);
    expect(await redis.zcard('{shoal}:ledger')).toBe(0);
  },
);

test('Redis comes back empty: the worker tells of its model again', { timeout: 60_000 }, async () => {
  const stack = await startScriptedStack({
    redis: { isAppendOnly: true },
    env: { SHOAL_REDIS_TIMEOUT_MS: '1000' },
  });
  const redis = lookInto(stack);
  await redis.flushall();
  // Not the gateway is asked: for a second it knows what it knew before.
  const told = ['{shoal}:model:scripted', '{shoal}:models', '{shoal}:workers', '{shoal}:name:scripted'];
  await waitFor('all of it', async () => (await redis.exists(...told)) === told.length);
  await stack.modelBecomes('scripted', 'ready');
  expect((await predict(stack.url, 'scripted', await plainPicture([1, 2, 3]))).status).toBe(200);
});

test(
  'a gateway that starts before Redis is alive, not ready, and serves when Redis is there',
  { timeout: 60_000 },
  async () => {
    const redis = await startRedis();
    onTestFinished(() => redis.stop());
    await redis.kill();
    const port = await freePort();
    const gateway = new ServiceProcess('apps/gateway/src/main.ts', {
      REDIS_URL: redis.url,
      PORT: String(port),
      SHOAL_QUEUE_BYTES_MAX: '100000000',
    });
    onTestFinished(() => gateway.kill());
    const url = `http://127.0.0.1:${port}`;
    await waitFor('the gateway', async () => (await fetch(`${url}/livez`)).ok);
    expect((await fetch(`${url}/readyz`)).status).toBe(503);
    expect(await predict(url, 'any', await plainPicture([1, 2, 3]))).toMatchObject({
      status: 503,
      body: { error: { code: 'redis_unavailable' } },
    });
    // Many attempts in vain, of which one line is enough.
    await new Promise((resolve) => setTimeout(resolve, 2_000));
    const lines = gateway.log.map(({ msg }) => msg).filter((msg) => msg.startsWith('Redis is away'));
    expect(lines).toEqual(['Redis is away: nobody listens at its address']);
    await redis.restart();
    await waitFor('the gateway to be ready', async () => (await fetch(`${url}/readyz`)).ok);
    expect((await predict(url, 'any', await plainPicture([1, 2, 3]))).body.error?.code).toBe('model_unknown');
  },
);

test('a Redis that evicts is refused at start, by gateway and worker, in one sentence', async () => {
  const redis = await startRedis();
  onTestFinished(() => redis.stop());
  const client = connectConsumer(redis.url);
  await client.config('SET', 'maxmemory-policy', 'allkeys-lru');
  client.disconnect();
  for (const main of ['apps/gateway/src/main.ts', 'apps/worker-yolo/src/main.ts']) {
    const service = new ServiceProcess(main, {
      REDIS_URL: redis.url,
      PORT: String(await freePort()),
      MODELS_DIR: 'models',
      MODEL: 'demo-yolo',
    });
    onTestFinished(() => service.kill());
    expect(await service.ended()).toBe(1);
    expect(service.log.at(-1)).toMatchObject({
      level: 'fatal',
      msg: expect.stringContaining('noeviction') as string,
    });
  }
});
