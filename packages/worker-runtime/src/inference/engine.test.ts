import { readFileSync, rmSync, writeFileSync } from 'node:fs';
import type { Worker } from 'node:worker_threads';
import { afterEach, describe, expect, onTestFinished, test } from 'vitest';
import type { OnnxGraph } from '../testing/onnx-file.ts';
import { testFilePath, testManifest, testModelPath } from '../testing/test-model.ts';
import { Engine, threadEndsInARowMax, type EngineOptions } from './engine.ts';
import type { InferenceInput } from './inference-protocol.ts';
import { ThreadEndedError } from './lane.ts';
import type { behaviours as ofThread } from './test-thread.ts';
import { UnfitModelError } from './thread.ts';

// Its types only: the file itself would start a worker.
const behaviours: typeof ofThread = {
  endsThread: 200,
  throwsOutside: 201,
  throws: 202,
  hangs: 203,
  breaks: 204,
};
const modelOf = (nodes: OnnxGraph['nodes']) =>
  testModelPath({
    inputs: [{ name: 'x', type: 'float32', shape: ['n'] }],
    outputs: [{ name: 'same', type: 'float32', shape: ['n'] }],
    nodes,
  });
const modelPath = modelOf([{ op: 'Identity', inputs: ['x'], outputs: ['same'] }]);
const engines: Engine[] = [];

/** An engine, and what it said of the ends of its threads and of its own. */
async function startEngine(options: Partial<EngineOptions> = {}) {
  const broken: Error[] = [];
  const ended: Error[] = [];
  const less: string[] = [];
  const engine = await Engine.start({
    entry: new URL('./test-thread.ts', import.meta.url),
    modelPath,
    manifest: testManifest(),
    device: 'cpu',
    intraOpThreads: 1,
    threads: 1,
    hasWide: false,
    batchMax: 4,
    readAllowance: () => ({ cores: 2, bytesFree: Infinity }),
    onLess: (what) => less.push(what),
    inferenceTimeoutMs: 5_000,
    onThreadEnded: (reason) => ended.push(reason),
    onBroken: (reason) => broken.push(reason),
    ...options,
  });
  engines.push(engine);
  return { engine, ended, broken, less };
}

/** Those that are started from now on. What has ended has no number any more. */
function rememberThreads(): readonly Worker[] {
  const started: Worker[] = [];
  const remember = (thread: Worker) => started.push(thread);
  process.on('worker', remember);
  onTestFinished(() => void process.off('worker', remember));
  return started;
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

  test('whose session fails on an empty picture too answers no job with that, and opens another one', async () => {
    const { engine, ended, broken } = await startEngine();
    await expect(engine.run([picture(behaviours.breaks)])).rejects.toThrow('the device is lost');
    expect(await classIds(engine.run([picture(5)]))).toEqual([5]);
    expect(ended).toHaveLength(1);
    expect(broken).toEqual([]);
  });

  test('that is closed on purpose is not broken, and replaces no thread', async () => {
    const { engine, ended, broken } = await startEngine();
    await engine.close();
    expect([...ended, ...broken]).toEqual([]);
  });

  test('a picture that the adapter fails on fails alone, and breaks nothing', async () => {
    const { engine, broken } = await startEngine();
    const batch = [picture(1), picture(behaviours.throws), picture(3)];
    expect(await classIds(engine.run(batch))).toEqual([1, 'this one only', 3]);
    expect(broken).toEqual([]);
  });
});

describe('a thread that ends is replaced', () => {
  test('its batch fails, its neighbours are computed, and so is what comes next', async () => {
    const { engine, ended, broken } = await startEngine({ threads: 2 });
    const guilty = engine.run([picture(behaviours.endsThread), picture(1)]);
    const bystander = engine.run([picture(2)]);
    await expect(guilty).rejects.toThrow(ThreadEndedError);
    expect(await classIds(bystander)).toEqual([2]);
    expect(ended.map(({ message }) => message)).toEqual(['an inference thread ended']);
    await expect.poll(() => engine.threadsReady, { timeout: 10_000 }).toBe(2);
    const answers = [engine.run([picture(3)]), engine.run([picture(4)])];
    expect(await Promise.all(answers.map(classIds))).toEqual([[3], [4]]);
    expect(broken).toEqual([]);
  });

  test('what it threw, and nobody caught, is told', async () => {
    const { engine, ended } = await startEngine();
    const guilty = engine.run([picture(behaviours.throwsOutside)]);
    await expect(guilty).rejects.toThrow(new ThreadEndedError('nobody catches this'));
    expect(ended.map(({ message }) => message)).toEqual(['nobody catches this']);
  });

  test('when it was the only one, a batch waits for the next one', async () => {
    const { engine } = await startEngine();
    await expect(engine.run([picture(behaviours.endsThread)])).rejects.toThrow(ThreadEndedError);
    expect(engine.threadsReady).toBe(0);
    expect(await classIds(engine.run([picture(5)]))).toEqual([5]);
    expect(engine.threadsReady).toBe(1);
  });

  test('while it is replaced, a batch goes to a thread that is there', async () => {
    const { engine } = await startEngine({ threads: 2 });
    const [first, second] = [engine.run([picture(behaviours.endsThread)]), engine.run([picture(1)])];
    await expect(first).rejects.toThrow(ThreadEndedError);
    await second;
    expect(engine.threadsReady).toBe(1);
    expect(await classIds(engine.run([picture(5)]))).toEqual([5]);
    expect(engine.threadsReady).toBe(1);
  });

  test('an engine that is closed meanwhile has ended the new one too', async () => {
    const { engine, broken } = await startEngine();
    const started = rememberThreads();
    await expect(engine.run([picture(behaviours.endsThread)])).rejects.toThrow(ThreadEndedError);
    await engine.close();
    expect(started.map(({ threadId }) => threadId)).toEqual([-1]);
    expect(broken).toEqual([]);
  });
});

describe('a broken engine says so once, and leaves no batch without an answer', () => {
  test('when threads end again and again and nothing is computed in between', async () => {
    const { engine, ended, broken } = await startEngine();
    for (let ends = 1; ends <= threadEndsInARowMax; ends += 1) {
      expect(broken).toEqual([]);
      await expect(engine.run([picture(behaviours.endsThread)])).rejects.toThrow(ThreadEndedError);
    }
    expect(ended).toHaveLength(threadEndsInARowMax - 1);
    expect(broken).toHaveLength(1);
    expect(() => engine.run([picture(1)])).toThrow('the engine has ended');
  });

  test('but not when something is', async () => {
    const { engine, broken } = await startEngine();
    for (let ends = 1; ends <= threadEndsInARowMax; ends += 1) {
      await expect(engine.run([picture(behaviours.endsThread)])).rejects.toThrow(ThreadEndedError);
      expect(await classIds(engine.run([picture(ends)]))).toEqual([ends]);
    }
    expect(broken).toEqual([]);
  });

  test('when no thread can load the model any more', async () => {
    const lostFile = `${testFilePath(Buffer.of())}.lost`;
    const manifest = testManifest({ title: `lost when there is ${lostFile}` });
    const { engine, broken } = await startEngine({ manifest });
    writeFileSync(lostFile, '');
    await expect(engine.run([picture(behaviours.endsThread)])).rejects.toThrow('an inference thread ended');
    const waiting = engine.run([picture(1)]);
    await expect(waiting).rejects.toThrow('the inference thread ended while it loaded the model');
    expect(broken).toHaveLength(1);
  });

  test('when a new thread does not come to an end with loading', async () => {
    const hangFile = `${testFilePath(Buffer.of())}.hang`;
    const manifest = testManifest({ title: `hangs when there is ${hangFile}` });
    const { engine, broken } = await startEngine({ manifest, inferenceTimeoutMs: 500 });
    writeFileSync(hangFile, '');
    await expect(engine.run([picture(behaviours.endsThread)])).rejects.toThrow('an inference thread ended');
    const waiting = engine.run([picture(1)]);
    await expect(waiting).rejects.toThrow('takes too long to load the model again');
    expect(broken).toHaveLength(1);
  });

  test("when a new thread would find another model's file", async () => {
    const ownPath = testFilePath(readFileSync(modelPath));
    const { engine, broken } = await startEngine({ modelPath: ownPath });
    writeFileSync(ownPath, readFileSync(modelPath));
    await expect(engine.run([picture(behaviours.endsThread)])).rejects.toThrow('an inference thread ended');
    const waiting = engine.run([picture(1)]);
    await expect(waiting).rejects.toThrow('the file of the model has changed since this worker started');
    expect(broken).toHaveLength(1);
  });

  test('when a batch takes too long', async () => {
    const { engine, broken } = await startEngine({ inferenceTimeoutMs: 200 });
    await expect(engine.run([picture(behaviours.hangs)])).rejects.toThrow(
      'inference took longer than 200 ms',
    );
    expect(broken).toHaveLength(1);
  });

  test('but not when it was the process that stood still', async () => {
    const { engine, broken } = await startEngine({ inferenceTimeoutMs: 300 });
    const answer = engine.run([picture(5)]);
    // From here the event loop comes to its clocks before it comes to the thread's reply.
    setImmediate(() => Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 1_000));
    expect(await classIds(answer)).toEqual([5]);
    expect(broken).toEqual([]);
  });

  test('a batch in time leaves no clock behind that would break it later', async () => {
    const { engine, broken } = await startEngine({ inferenceTimeoutMs: 300 });
    await engine.run([picture(1)]);
    await new Promise((resolve) => setTimeout(resolve, 400));
    expect(broken).toEqual([]);
  });
});

describe('a picture that is alone', () => {
  const wide = { threads: 2, intraOpThreads: 1, hasWide: true } as const;

  test('is computed on all cores, and whoever comes meanwhile at once beside it', async () => {
    const { engine, less } = await startEngine(wide);
    expect(engine.wideThreads).toBe(2);
    const alone = engine.run([picture(1)], true);
    const second = engine.run([picture(2)]);
    expect((await Promise.all([alone, second])).map(({ width }) => width)).toEqual(['wide', 'narrow']);
    expect(await Promise.all([alone, second].map(classIds))).toEqual([[1], [2]]);
    expect((await engine.run([picture(3)])).width).toBe('narrow');
    expect(less).toEqual([]);
  });

  test('is computed like any other where there is no such session', async () => {
    const { engine } = await startEngine({ ...wide, hasWide: false });
    expect(engine.wideThreads).toBe(0);
    expect((await engine.run([picture(1)], true)).width).toBe('narrow');
  });

  test('is computed on all cores by the next thread too, and until then on one by another', async () => {
    const { engine } = await startEngine(wide);
    await expect(engine.run([picture(behaviours.endsThread)], true)).rejects.toThrow(ThreadEndedError);
    expect((await engine.run([picture(1)], true)).width).toBe('narrow');
    await expect.poll(() => engine.threadsReady, { timeout: 10_000 }).toBe(2);
    expect((await engine.run([picture(1)], true)).width).toBe('wide');
  });

  test('by whom that session is lost is not answered with it, and the next thread has another one', async () => {
    const { engine, ended } = await startEngine({ ...wide, threads: 1 });
    await expect(engine.run([picture(behaviours.breaks)], true)).rejects.toThrow('the device is lost');
    expect(ended).toHaveLength(1);
    await expect.poll(() => engine.threadsReady, { timeout: 10_000 }).toBe(1);
    expect((await engine.run([picture(1)], true)).width).toBe('wide');
  });

  test('does without where that session cannot be opened, which is told', async () => {
    const ownPath = testFilePath(readFileSync(modelPath));
    const isReady = afterFirst(() => rmSync(ownPath));
    const { engine, less } = await startEngine({
      ...wide,
      threads: 1,
      modelPath: ownPath,
      readAllowance: isReady,
    });
    expect(engine.wideThreads).toBe(0);
    expect(less).toEqual([expect.stringMatching(/^a session on all cores could not be opened: ENOENT/)]);
    expect((await engine.run([picture(1)], true)).width).toBe('narrow');
  });
});

/** What may be used of a machine with three cores; `then` happens when the first thread is ready and no other is started. */
function afterFirst(then: () => void, bytesFree = Infinity) {
  let count = 0;
  return () => {
    if (++count === 2) then();
    return { cores: 3, bytesFree };
  };
}

describe('threads that nobody has counted', () => {
  const unset = { threads: undefined, intraOpThreads: undefined } as const;

  test('are as many as cores', async () => {
    const { engine } = await startEngine({ ...unset, readAllowance: afterFirst(() => undefined) });
    expect([engine.lanes, engine.intraOpThreads]).toEqual([3, 1]);
  });

  test('are as few as memory suffices for, and as wide as there are cores left', async () => {
    const started = rememberThreads();
    const { engine, less } = await startEngine({ ...unset, readAllowance: afterFirst(() => undefined, 0) });
    expect([engine.lanes, engine.intraOpThreads]).toEqual([1, 3]);
    expect(started.map(({ threadId }) => threadId > 0)).toEqual([false, true]);
    expect(less).toEqual([expect.stringMatching(/^memory suffices for 1 of 3 sessions/)]);
    expect(await classIds(engine.run([picture(5)]))).toEqual([5]);
  });

  test('are those that could load, where some could not; where they were counted, all must', async () => {
    const lostFile = `${testFilePath(Buffer.of())}.lost`;
    const manifest = testManifest({ title: `lost when there is ${lostFile}` });
    const readAllowance = () => afterFirst(() => writeFileSync(lostFile, ''));
    const { engine, less } = await startEngine({ ...unset, manifest, readAllowance: readAllowance() });
    expect(engine.lanes).toBe(1);
    expect(less).toEqual([expect.stringMatching(/^2 of the inference threads could not load the model/)]);
    expect(await classIds(engine.run([picture(5)]))).toEqual([5]);
    rmSync(lostFile);
    const counted = startEngine({ threads: 3, manifest, readAllowance: readAllowance() });
    await expect(counted).rejects.toThrow(UnfitModelError);
  });
});

test('a model that mixes up the pictures of a batch computes each by itself, in every thread', async () => {
  const mixing = modelOf([
    { op: 'ReduceMean', inputs: ['x'], outputs: ['mean'], attributes: { axes: [0], keepdims: 1 } },
    { op: 'Sub', inputs: ['x', 'mean'], outputs: ['same'] },
  ]);
  const { engine, less } = await startEngine({ modelPath: mixing, threads: 2 });
  expect(engine.plan.maxBatch).toBe(1);
  expect(less).toEqual([expect.stringMatching(/^batching is off: in a batch of 2 a picture gets/)]);
  const answers = [engine.run([picture(10), picture(20)]), engine.run([picture(30), picture(40)])];
  expect(await Promise.all(answers.map(classIds))).toEqual([
    [0, 0],
    [0, 0],
  ]);
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
