/** What those see who look after the processes: a worker's health port, and one line a request under one id. */
import { createServer } from 'node:net';
import { once } from 'node:events';
import { randomBytes } from 'node:crypto';
import { expect, onTestFinished, test } from 'vitest';
import { predict } from '../support/ask.ts';
import { healthAddress } from '../support/metrics.ts';
import { pictureThat, plainPicture } from '../support/pictures.ts';
import { lookInto, startScriptedStack } from '../support/scripted-stack.ts';
import type { LogLine } from '../support/service-process.ts';
import { waitFor } from '../support/wait-for.ts';

const withMetrics = { SHOAL_METRICS_PORT: '0' };
const of =
  (requestId: string) =>
  (line: LogLine): boolean =>
    line['requestId'] === requestId;
const statusOf = async (address: string): Promise<number> => (await fetch(address)).status;

test('a worker is alive from the start, and ready while it takes jobs', { timeout: 60_000 }, async () => {
  const stack = await startScriptedStack({ env: withMetrics });
  const worker = stack.workers[0]!;
  const address = await healthAddress(worker);
  expect(await statusOf(`${address}/livez`)).toBe(200);
  await waitFor('the worker to be ready', async () => (await statusOf(`${address}/readyz`)) === 200);
  expect(await statusOf(`${address}/elsewhere`)).toBe(404);
  await stack.redis.kill();
  await waitFor('it to be unready', async () => (await statusOf(`${address}/readyz`)) === 503);
  expect(await (await fetch(`${address}/readyz`)).text()).toContain('Redis');
  // One that is started meanwhile waits for Redis, and is alive.
  const second = await healthAddress(await stack.startWorker('scripted'));
  expect(await statusOf(`${second}/livez`)).toBe(200);
  expect(await (await fetch(`${second}/readyz`)).text()).toContain('not ready yet');
  await stack.redis.restart();
  for (const each of [address, second]) {
    await waitFor(`${each} to be ready`, async () => (await statusOf(`${each}/readyz`)) === 200);
  }
});

test('a worker that drains is alive and not ready', async () => {
  const stack = await startScriptedStack({ env: withMetrics });
  const worker = stack.workers[0]!;
  const address = await healthAddress(worker);
  const slow = predict(stack.url, 'scripted', await pictureThat('takesLong'));
  const redis = lookInto(stack);
  await waitFor('the job to be taken', async () => (await redis.llen('{shoal}:queue:scripted:active')) === 1);
  worker.signal('SIGTERM');
  await waitFor('it to be unready', async () => (await statusOf(`${address}/readyz`)) === 503);
  expect(await statusOf(`${address}/livez`)).toBe(200);
  expect((await slow).status).toBe(200);
  expect(await worker.ended()).toBe(0);
});

test('a health port that is taken ends the worker with a sentence', async () => {
  const stack = await startScriptedStack();
  const other = createServer().listen(0, '127.0.0.1');
  onTestFinished(() => void other.close());
  await once(other, 'listening');
  const { port } = other.address() as { port: number };
  const worker = await stack.startWorker('scripted', { SHOAL_METRICS_PORT: String(port) });
  expect(await worker.ended()).toBe(1);
  expect(worker.log.at(-1)).toMatchObject({
    level: 'fatal',
    msg: `cannot listen on 127.0.0.1:${port} (EADDRINUSE): choose another SHOAL_METRICS_PORT or SHOAL_METRICS_HOST`,
  });
});

test('one id leads from the front door to the worker, and one line tells of the request', async () => {
  const stack = await startScriptedStack();
  const picture = await plainPicture([1, 2, 3]);
  const post = (headers: Record<string, string>) =>
    fetch(`${stack.url}/v1/predictions?model=scripted`, {
      method: 'POST',
      headers: { 'content-type': 'image/png', ...headers },
      body: picture as NonNullable<RequestInit['body']>,
    });
  const trace = randomBytes(16).toString('hex');
  const answer = await post({ traceparent: `00-${trace}-${randomBytes(8).toString('hex')}-01` });
  const { id } = (await answer.json()) as { id: string };
  expect(answer.headers.get('x-request-id')).toBe(trace);
  await waitFor(
    'both lines',
    () => stack.gateway.log.some(of(trace)) && stack.workers[0]!.log.some(of(trace)),
  );
  expect(stack.gateway.log.filter(of(trace))).toEqual([
    expect.objectContaining({
      level: 'info',
      msg: 'request',
      method: 'POST',
      path: '/v1/predictions',
      status: 200,
      id,
      model: 'scripted',
      ms: expect.any(Number) as number,
      queueMs: expect.any(Number) as number,
      inferMs: expect.any(Number) as number,
    }),
  ]);
  expect(stack.workers[0]!.log.filter(of(trace))).toEqual([
    expect.objectContaining({ level: 'info', msg: 'answered', id, status: 'succeeded' }),
  ]);

  await predict(stack.url, 'nobody', picture);
  await waitFor('the refusal', () => stack.gateway.log.some((line) => line['code'] === 'model_unknown'));
});

test('what programs ask again and again is told at debug level only', async () => {
  const polled = ['/livez', '/readyz', '/metrics', '/v1/models', '/v1/models/scripted'];
  const told = async (level: string): Promise<unknown[]> => {
    const stack = await startScriptedStack({ env: { SHOAL_LOG_LEVEL: level } });
    for (const path of polled) expect(await statusOf(`${stack.url}${path}`)).toBe(200);
    expect(await statusOf(`${stack.url}/v1/models/nobody`)).toBe(404);
    // The last request; lines come in order, and a little late.
    await waitFor('the failure', () =>
      stack.gateway.log.some((line) => line['path'] === '/v1/models/nobody'),
    );
    const lines = stack.gateway.log.filter((line) => line.msg === 'request' && line['status'] === 200);
    return lines.map((line) => line['path']);
  };
  expect(await told('info')).toEqual([]);
  expect(await told('debug')).toEqual(expect.arrayContaining(polled));
});

test('a caller who leaves is told of as well', async () => {
  const stack = await startScriptedStack();
  const leave = new AbortController();
  const left = predict(stack.url, 'scripted', await pictureThat('takesLong'), { signal: leave.signal });
  const redis = lookInto(stack);
  await waitFor('the job to be taken', async () => (await redis.llen('{shoal}:queue:scripted:active')) === 1);
  leave.abort();
  await expect(left).rejects.toThrow(/abort/);
  const line = await waitFor('its line', () =>
    stack.gateway.log.find((each) => each['path'] === '/v1/predictions'),
  );
  expect(line).toMatchObject({ level: 'info', msg: 'request', left: true, model: 'scripted' });
  expect(line).not.toHaveProperty('status');
});
