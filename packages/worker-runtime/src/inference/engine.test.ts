import { afterEach, describe, expect, test } from 'vitest';
import { testFilePath, testManifest, testModelPath } from '../testing/test-model.ts';
import { Engine, UnfitModelError, type EngineOptions } from './engine.ts';
import type { InferenceInput } from './inference-protocol.ts';
import type { behaviours as ofThread } from './test-thread.ts';

// Its types only: the file itself would start a worker.
const behaviours: typeof ofThread = {
  endsThread: 200,
  throwsOutside: 201,
  throws: 202,
  hangs: 203,
  breaks: 204,
};
const modelPath = testModelPath({
  inputs: [{ name: 'x', type: 'float32', shape: ['n'] }],
  outputs: [{ name: 'same', type: 'float32', shape: ['n'] }],
  nodes: [{ op: 'Identity', inputs: ['x'], outputs: ['same'] }],
});
const engines: Engine[] = [];

/** An engine, and what it said of its end. */
async function startEngine(options: Partial<EngineOptions> = {}) {
  const broken: Error[] = [];
  const engine = await Engine.start({
    entry: new URL('./test-thread.ts', import.meta.url),
    modelPath,
    manifest: testManifest(),
    device: 'cpu',
    intraOpThreads: 1,
    threads: 1,
    inferenceTimeoutMs: 5_000,
    onBroken: (error) => broken.push(error),
    ...options,
  });
  engines.push(engine);
  return { engine, broken };
}

afterEach(() => Promise.all(engines.splice(0).map((engine) => engine.close())));

const geometry = {
  imageWidth: 2,
  imageHeight: 2,
  resizedWidth: 2,
  resizedHeight: 2,
  padLeft: 0,
  padTop: 0,
  width: 2,
  height: 2,
};
const picture = (number: number): InferenceInput => ({
  views: [{ width: 2, height: 2, data: new Uint8Array(12).fill(number) }],
  geometries: [geometry],
  options: { minScore: 0.5, iou: 0.5, maxDetections: 10, classAgnostic: false },
});
const classIds = async (answer: ReturnType<Engine['run']>) =>
  (await answer).outcomes.map((outcome) => (outcome.ok ? outcome.detections[0]?.classId : outcome.error));

describe('an engine', () => {
  test('listens past what node --watch says on the same channel', async () => {
    const { engine } = await startEngine({ manifest: testManifest({ title: 'watched' }) });
    expect(await classIds(engine.run([picture(5)]))).toEqual([5]);
  });

  test('has the plan of the adapter, and answers batch by batch, picture by picture', async () => {
    const { engine, broken } = await startEngine();
    expect(engine.plan).toMatchObject({ labels: ['only'], maxBatch: 4 });
    expect(await classIds(engine.run([picture(5), picture(7)]))).toEqual([5, 7]);
    expect(await classIds(engine.run([picture(9)]))).toEqual([9]);
    expect(broken).toEqual([]);
  });

  test('gives the pixels away and does not copy them', async () => {
    const { engine } = await startEngine();
    const given = picture(5);
    await engine.run([given]);
    expect(given.views[0]!.data.byteLength).toBe(0);
  });

  test('computes as many batches at once as it has threads, and refuses more', async () => {
    const { engine } = await startEngine({ threads: 2 });
    expect(engine.lanes).toBe(2);
    const answers = [engine.run([picture(1)]), engine.run([picture(2)])];
    expect(() => engine.run([picture(3)])).toThrow('more batches at once than the engine has threads');
    expect(await Promise.all(answers.map(classIds))).toEqual([[1], [2]]);
    expect(await classIds(engine.run([picture(3)]))).toEqual([3]);
  });

  test('whose session fails on an empty picture too is broken, and answers no job with that', async () => {
    const { engine, broken } = await startEngine();
    await expect(engine.run([picture(behaviours.breaks)])).rejects.toThrow('the device is lost');
    expect(broken).toHaveLength(1);
  });

  test('that is closed on purpose is not broken', async () => {
    const { engine, broken } = await startEngine();
    await engine.close();
    expect(broken).toEqual([]);
  });

  test('a picture that the adapter fails on fails alone, and breaks nothing', async () => {
    const { engine, broken } = await startEngine();
    const batch = [picture(1), picture(behaviours.throws), picture(3)];
    expect(await classIds(engine.run(batch))).toEqual([1, 'this one only', 3]);
    expect(broken).toEqual([]);
  });
});

describe('a broken engine says so once, and leaves no batch without an answer', () => {
  test('when a thread ends', async () => {
    const { engine, broken } = await startEngine({ threads: 2 });
    const bystander = engine.run([picture(behaviours.hangs)]);
    const guilty = engine.run([picture(behaviours.endsThread)]);
    await expect(guilty).rejects.toThrow('an inference thread ended');
    await expect(bystander).rejects.toThrow('an inference thread ended');
    expect(broken).toHaveLength(1);
  });

  test('when something is thrown in a thread that nobody catches', async () => {
    const { engine, broken } = await startEngine();
    await expect(engine.run([picture(behaviours.throwsOutside)])).rejects.toThrow('nobody catches this');
    expect(broken.map(({ message }) => message)).toEqual(['nobody catches this']);
  });

  test('when a batch takes too long', async () => {
    const { engine, broken } = await startEngine({ inferenceTimeoutMs: 200 });
    await expect(engine.run([picture(behaviours.hangs)])).rejects.toThrow(
      'inference took longer than 200 ms',
    );
    expect(broken).toHaveLength(1);
  });

  test('a batch in time leaves no clock behind that would break it later', async () => {
    const { engine, broken } = await startEngine({ inferenceTimeoutMs: 300 });
    await engine.run([picture(1)]);
    await new Promise((resolve) => setTimeout(resolve, 400));
    expect(broken).toEqual([]);
  });
});

describe('a model that cannot be served is refused with the sentence of the thread', () => {
  test.each([
    [
      'a layout of another family',
      { manifest: testManifest({ title: 'foreign' }) },
      /^expected \[n\], found/,
    ],
    ['a file that is no graph', { modelPath: testFilePath(Buffer.from('no graph')) }, /ONNX/],
    [
      'a thread that ends while it loads',
      { manifest: testManifest({ title: 'ends' }) },
      /ended while it loaded/,
    ],
  ])('%s', async (_what, options, sentence) => {
    const start = startEngine({ ...options, threads: 2 });
    await expect(start).rejects.toThrow(UnfitModelError);
    await expect(start).rejects.toThrow(sentence);
  });
});
