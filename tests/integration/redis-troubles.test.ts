/**
 * A Redis that is there and of no use: it wants another password, takes no writes, or takes its time. Callers are told
 * within a second or two, the log says why in words, and all of it is over as soon as the trouble is.
 */
import { expect, onTestFinished, test } from 'vitest';
import { freePort } from '../../scripts/redis/ports.ts';
import type { Redis } from '../../packages/shared/src/redis/index.ts';
import { connectConsumer } from '../../packages/shared/src/redis/index.ts';
import { lookAt, predict, submit } from '../support/ask.ts';
import { pictureThat, plainPicture } from '../support/pictures.ts';
import { startRedis, type TestRedis, type TestRedisOptions } from '../support/redis.ts';
import { makeModelsFolder } from '../support/scripted-models.ts';
import { lookInto, startScriptedStack } from '../support/scripted-stack.ts';
import { ServiceProcess } from '../support/service-process.ts';
import { startSlowLink } from '../support/slow-link.ts';
import { waitFor } from '../support/wait-for.ts';

const model = 'scripted';
const picture = await plainPicture([1, 2, 3]);

async function ownRedis(options: TestRedisOptions = {}): Promise<TestRedis> {
  const redis = await startRedis(options);
  onTestFinished(() => redis.stop());
  return redis;
}

function ownerOf(redis: TestRedis): Redis {
  const connection = connectConsumer(redis.url);
  connection.on('error', () => undefined);
  onTestFinished(() => connection.disconnect());
  return connection;
}

/** A gateway and a worker that need not come up. */
async function startServices(
  redisUrl: string,
): Promise<{ url: string; gateway: ServiceProcess; worker: ServiceProcess }> {
  const models = await makeModelsFolder();
  onTestFinished(() => models.remove());
  await models.add(model);
  const port = await freePort();
  const env = {
    REDIS_URL: redisUrl,
    MODELS_DIR: models.dir,
    SHOAL_QUEUE_BYTES_MAX: '100000000',
    SHOAL_REDIS_TIMEOUT_MS: '1000',
  };
  const gateway = new ServiceProcess('apps/gateway/src/main.ts', { ...env, PORT: String(port) });
  const worker = new ServiceProcess('tests/fixtures/scripted-worker/main.ts', { ...env, MODEL: model });
  onTestFinished(async () => void (await Promise.all([gateway.kill(), worker.kill()])));
  const url = `http://127.0.0.1:${port}`;
  await waitFor('the gateway', async () => (await fetch(`${url}/livez`)).ok);
  return { url, gateway, worker };
}

/** What a caller is told, who may not be kept waiting for it. */
async function refusal(url: string): Promise<string | undefined> {
  const startedMs = performance.now();
  const { status, headers, body } = await predict(url, model, picture);
  expect(performance.now() - startedMs).toBeLessThan(3_000);
  expect({ status, code: body.error?.code }).toEqual({ status: 503, code: 'redis_unavailable' });
  expect(headers.get('retry-after')).not.toBeNull();
  expect((await fetch(`${url}/readyz`)).status).toBe(503);
  return body.error?.message;
}

const serves = (url: string) =>
  waitFor(
    'a picture to be answered',
    async () => (await predict(url, model, picture)).status === 200,
    30_000,
  );

const told = ({ log }: ServiceProcess, words: RegExp): number =>
  log.filter(({ level, msg }) => level === 'warn' && words.test(msg)).length;

test(
  'a wrong password: said once by each, refused at once; with the right one everything works, wake-ups included',
  { timeout: 60_000 },
  async () => {
    const redis = await ownRedis({ password: 'right' });
    const { url, gateway, worker } = await startServices(redis.url.replace('right', 'wrong'));
    await refusal(url);
    await new Promise((resolve) => setTimeout(resolve, 2_000));
    for (const service of [gateway, worker]) {
      expect(told(service, /does not accept the password.*REDIS_URL/)).toBe(1);
      expect(service.log.filter(({ level }) => level === 'error' || level === 'fatal')).toEqual([]);
      expect(service.text).not.toContain('wrong@');
    }
    const owner = ownerOf(redis);
    await owner.config('SET', 'requirepass', 'wrong');
    await serves(url);
    expect(gateway.log.map(({ msg }) => msg)).toContain('Redis is back');
    const channels = await owner.pubsub('CHANNELS', '{shoal}:*');
    expect((channels as string[]).some((name) => name.startsWith('{shoal}:wake:'))).toBe(true);
  },
);

test(
  'a read-only replica: both say so and wait; when it takes writes they serve',
  { timeout: 60_000 },
  async () => {
    const [primary, replica] = [await ownRedis(), await ownRedis()];
    const owner = ownerOf(replica);
    await owner.replicaof('127.0.0.1', primary.port);
    const { url, worker } = await startServices(replica.url);
    expect(await refusal(url)).toContain('read-only replica');
    await waitFor('the worker to say so', () => told(worker, /read-only replica/) === 1);
    await owner.replicaof('NO', 'ONE');
    await serves(url);
    expect(worker.isRunning).toBe(true);
  },
);

test(
  'a primary that is demoted and comes back: refused within two seconds, and what was accepted is answered',
  { timeout: 90_000 },
  async () => {
    const stack = await startScriptedStack({
      yaml: 'maxBatch: 1\n',
      env: { SHOAL_REDIS_TIMEOUT_MS: '1000' },
      redis: { isAppendOnly: true },
    });
    const other = await ownRedis();
    const [one, two] = [ownerOf(stack.redis), ownerOf(other)];
    await two.replicaof('127.0.0.1', stack.redis.port);
    await waitFor('the replica', async () =>
      (await two.info('replication')).includes('master_link_status:up'),
    );
    const slow = await pictureThat('takesLong');
    const ids = await Promise.all([slow, slow, picture].map((bytes) => submit(stack.url, model, bytes)));
    // What was written before this is copied before this.
    await one.set('copied', '1', 'PX', 60_000);
    expect(await one.wait(1, 10_000)).toBe(1);
    await two.replicaof('NO', 'ONE');
    await one.replicaof('127.0.0.1', other.port);
    await waitFor(
      'the gateway to notice',
      async () => (await fetch(`${stack.url}/readyz`)).status === 503,
      3_000,
    );
    // While it takes over the other's data it cannot be asked.
    await waitFor('the reason', async () => (await refusal(stack.url))?.includes('read-only replica'));
    await one.replicaof('NO', 'ONE');
    await serves(stack.url);
    for (const id of ids) {
      expect(await lookAt(stack.url, id, 20)).toMatchObject({ status: 200, body: { status: 'succeeded' } });
    }
  },
);

test(
  'a slow Redis is only slow; one slower than the time-out is refused in time, and nothing of it stays',
  { timeout: 90_000 },
  async () => {
    const redis = await ownRedis();
    const link = await startSlowLink(redis.port);
    onTestFinished(() => link.stop());
    const stack = await startScriptedStack({
      env: {
        REDIS_URL: redis.url.replace(String(redis.port), String(link.port)),
        SHOAL_REDIS_TIMEOUT_MS: '1000',
      },
    });
    link.delayMs = 100;
    expect((await predict(stack.url, model, picture)).status).toBe(200);
    const ids = await Promise.all([1, 2, 3].map(() => submit(stack.url, model, picture)));

    link.delayMs = 2_000;
    const startedMs = performance.now();
    const refused = await predict(stack.url, model, picture);
    expect(performance.now() - startedMs).toBeLessThan(3_000);
    expect(refused).toMatchObject({ status: 503, body: { error: { code: 'redis_unavailable' } } });
    await waitFor('the gateway to say so', async () => (await fetch(`${stack.url}/readyz`)).status === 503);

    link.delayMs = 0;
    await serves(stack.url);
    for (const id of ids) {
      expect(await lookAt(stack.url, id, 20)).toMatchObject({ status: 200, body: { status: 'succeeded' } });
    }
    const owner = ownerOf(redis);
    await waitFor('nothing to be left', async () => (await owner.keys('{shoal}:upload:*')).length === 0);
    await waitFor('an empty ledger', async () => (await owner.hlen('{shoal}:ledger:rows')) === 0);
  },
);

test('a worker that starts before Redis waits for it and serves', { timeout: 60_000 }, async () => {
  const redis = await ownRedis();
  await redis.kill();
  const { url, worker } = await startServices(redis.url);
  await refusal(url);
  await waitFor('the worker to say so', () => told(worker, /nobody listens at its address/) === 1);
  await redis.restart();
  await serves(url);
  expect(worker.log.map(({ msg }) => msg)).toContain('Redis is back');
});

test('commands that Redis holds back are given up in time, and all is well when it lets them through', async () => {
  const stack = await startScriptedStack({ env: { SHOAL_REDIS_TIMEOUT_MS: '1000' } });
  const redis = lookInto(stack);
  await redis.client('PAUSE', 4_000);
  const startedMs = performance.now();
  const refused = await predict(stack.url, model, picture);
  expect(performance.now() - startedMs).toBeLessThan(2_500);
  expect(refused).toMatchObject({ status: 503, body: { error: { code: 'redis_unavailable' } } });
  await serves(stack.url);
});
