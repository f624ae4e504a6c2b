import { readFileSync, writeFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { testFilePath, testManifest } from '../testing/test-model.ts';
import { threadEndsInARowMax } from './engine.ts';
import { ThreadEndedError } from './lane.ts';
import { behaviours, classIds, modelPath, picture, rememberThreads, startEngine } from './test-engine.ts';
import { UnfitModelError } from './thread.ts';

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
