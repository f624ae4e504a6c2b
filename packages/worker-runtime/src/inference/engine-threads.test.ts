import { readFileSync, rmSync, writeFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { testFilePath, testManifest } from '../testing/test-model.ts';
import { ThreadEndedError } from './lane.ts';
import {
  behaviours,
  classIds,
  modelOf,
  modelPath,
  picture,
  rememberThreads,
  startEngine,
} from './test-engine.ts';
import { UnfitModelError } from './thread.ts';

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
