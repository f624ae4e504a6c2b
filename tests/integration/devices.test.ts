/** Where workers compute on a machine whose GPU cannot be used: what they refuse, what they settle for, what they say. */
import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { keysOf } from '../../packages/shared/src/contract/index.ts';
import { connectConsumer } from '../../packages/shared/src/redis/index.ts';
import { startStack, type Stack } from '../support/stack.ts';
import { waitFor } from '../support/wait-for.ts';

const model = 'demo-yolo';
/** A driver's tool that tells of two GPUs; CUDA itself will know of none. */
const tools = mkdtempSync(path.join(tmpdir(), 'shoal-tools-'));
const gpus = ['GPU-0000', 'GPU-1111'];
const env = { PATH: `${tools}:${process.env['PATH']}`, CUDA_VISIBLE_DEVICES: gpus.join(',') };
let stack: Stack;

beforeAll(async () => {
  const tool = path.join(tools, 'nvidia-smi');
  writeFileSync(tool, `#!/bin/sh\nprintf '%s\\n' ${gpus.join(' ')}\n`);
  chmodSync(tool, 0o755);
  stack = await startStack({ models: [] });
});
afterAll(async () => {
  await stack.stop();
  rmSync(tools, { recursive: true });
});

interface Shown {
  state: string;
  reason?: string;
  workers: { device: string; state: string }[];
}
const shown = async () => (await (await fetch(`${stack.url}/v1/models/${model}`)).json()) as Shown;

test('a worker that was asked for CUDA and cannot have it refuses to start, saying why', async () => {
  const worker = await stack.startWorker(model, { ...env, DEVICE: 'cuda' });
  expect(await worker.ended()).toBe(1);
  const last = worker.log.findLast(({ level }) => level === 'fatal');
  expect(last?.msg).toMatch(/^DEVICE is cuda, and the model cannot be computed on cuda:0: .*GPU image/);
  await stack.modelBecomes(model, 'failed');
  expect(await shown()).toMatchObject({ state: 'failed', reason: expect.stringMatching(/DEVICE is cuda/) });
});

test('a worker that may choose computes on the CPU, says so, and holds no GPU', async () => {
  const worker = await stack.startWorker(model, { ...env, DEVICE: 'auto' });
  await stack.modelBecomes(model, 'ready');
  const workers = (await shown()).workers.filter(({ state }) => state === 'ready');
  expect(workers).toMatchObject([{ device: 'cpu' }]);
  expect(worker.log).toContainEqual(expect.objectContaining({ level: 'warn', device: 'cuda:0' }));
  const redis = connectConsumer(stack.redis.url);
  try {
    const keys = gpus.map((gpu) => keysOf('shoal').gpu(gpu));
    await waitFor('no GPU to be held', async () => (await redis.exists(keys)) === 0);
  } finally {
    redis.disconnect();
  }
  await worker.kill();
});

test('a worker that may choose and sees no GPU does not even try', async () => {
  const worker = await stack.startWorker(model, { PATH: '/nowhere', DEVICE: 'auto' });
  await waitFor('the worker to be ready', () => worker.log.some(({ msg }) => msg === 'ready'));
  expect(worker.log.filter(({ level }) => level === 'warn')).toEqual([]);
  expect(worker.log).toContainEqual(expect.objectContaining({ msg: 'ready', device: 'cpu' }));
});
