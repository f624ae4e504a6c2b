import { Worker } from 'node:worker_threads';
import { expect, test } from 'vitest';
import type { Tensors } from '../adapter.ts';
import { testFilePath, testModelPath } from '../testing/test-model.ts';
import type { OnnxGraph, OnnxType } from '../testing/onnx-file.ts';
import { openSession } from './session.ts';

const twice = (type: OnnxType): OnnxGraph => ({
  inputs: [{ name: 'x', type, shape: ['n', 2] }],
  outputs: [
    { name: 'same', type, shape: ['n', 2] },
    { name: 'other', type, shape: ['n', 2] },
  ],
  nodes: [
    { op: 'Identity', inputs: ['x'], outputs: ['same'] },
    { op: 'Identity', inputs: ['x'], outputs: ['other'] },
  ],
  metadata: { stride: '32' },
});

test('a session says what the file declares, and its metadata', async () => {
  const session = await openSession(testModelPath(twice('float32')), { device: 'cpu', intraOpThreads: 1 });
  expect(session.io).toEqual({
    inputs: [{ name: 'x', type: 'float32', shape: ['n', 2] }],
    outputs: [
      { name: 'same', type: 'float32', shape: ['n', 2] },
      { name: 'other', type: 'float32', shape: ['n', 2] },
    ],
    metadata: { stride: '32' },
  });
  await session.release();
});

test('only the outputs that were asked for come back', async () => {
  const session = await openSession(testModelPath(twice('float32')), { device: 'cpu' });
  const feeds: Tensors = { x: { type: 'float32', data: Float32Array.of(1, 2), dims: [1, 2] } };
  expect(Object.keys(await session.run(feeds, ['other']))).toEqual(['other']);
  expect(Object.keys(await session.run(feeds))).toEqual(['same', 'other']);
  await session.release();
});

test.each([
  ['float32', Float32Array.of(1.5, -2)],
  ['float16', Uint16Array.of(0x3c00, 0xc000)],
  ['uint8', Uint8Array.of(0, 255)],
  ['int64', BigInt64Array.of(1n, -2n)],
] as const)('%s goes in and comes out as it is', async (type, data) => {
  const session = await openSession(testModelPath(twice(type)), { device: 'cpu' });
  const { same } = await session.run({ x: { type, data, dims: [1, 2] } }, ['same']);
  expect(same).toEqual({ type, data, dims: [1, 2] });
  await session.release();
});

test('half precision works in a fresh thread, where Float16Array was there before the runtime was loaded', async () => {
  const path = testModelPath(twice('float16'));
  const thread = new Worker(
    `
    const { parentPort, workerData } = require('node:worker_threads');
    const had = 'Float16Array' in globalThis;
    import(workerData.module).then(async ({ openSession }) => {
      const session = await openSession(workerData.path, { device: 'cpu' });
      const { same } = await session.run({ x: { type: 'float16', data: Uint16Array.of(0x3c00, 1), dims: [1, 2] } });
      parentPort.postMessage({ had, bits: [...same.data] });
    });
    `,
    { eval: true, workerData: { module: new URL('session.ts', import.meta.url).href, path } },
  );
  const answer = await new Promise((resolve, reject) => {
    thread.once('message', resolve);
    thread.once('error', reject);
  });
  await thread.terminate();
  expect(answer).toEqual({
    had: 'Float16Array' in globalThis || process.versions.node.startsWith('24'),
    bits: [0x3c00, 1],
  });
});

test('an empty result is an empty array of its type', async () => {
  const session = await openSession(testModelPath(twice('float32')), { device: 'cpu' });
  const { same } = await session.run({ x: { type: 'float32', data: new Float32Array(0), dims: [0, 2] } });
  expect(same).toEqual({ type: 'float32', data: new Float32Array(0), dims: [0, 2] });
  await session.release();
});

test('what is not ONNX is refused in our own words', async () => {
  const path = testFilePath(new TextEncoder().encode('version https://git-lfs.github.com/spec/v1\n'));
  await expect(openSession(path, { device: 'cpu' })).rejects.toThrow(/not an ONNX file/);
});

test('a graph that the runtime cannot load is refused with its reason', async () => {
  const graph: OnnxGraph = {
    ...twice('float32'),
    nodes: [{ op: 'NoSuchOperator', inputs: ['x'], outputs: ['same', 'other'] }],
  };
  const error = await openSession(testModelPath(graph), { device: 'cpu' }).catch((thrown: unknown) => thrown);
  expect((error as Error).message).toMatch(/^the ONNX runtime cannot load the model: .*NoSuchOperator/);
  // The reason is shown to people who have no business with paths of this machine.
  expect((error as Error).message).not.toMatch(/\/tmp|onnxruntime_src/);
});
