import { expect, test } from 'vitest';
import { Batcher, type BatcherOptions, type BatchItem, type ItemOutcome } from './batcher.ts';

interface NumberItem extends BatchItem {
  readonly value: number;
}

/** An engine that is released by hand, one batch at a time, and doubles its numbers. */
function handEngine(
  options: Pick<BatcherOptions<NumberItem, number>, 'batchMax'> &
    Partial<Omit<BatcherOptions<NumberItem, number>, 'compute' | 'expire'>>,
) {
  const batches: number[][] = [];
  const alone: boolean[] = [];
  const releases: (() => void)[] = [];
  const batcher = new Batcher<NumberItem, number>({
    lanes: 1,
    batchMsMax: Number.POSITIVE_INFINITY,
    ...options,
    compute: async (items, isAlone) => {
      alone.push(isAlone);
      batches.push(items.map((item) => item.value));
      await new Promise<void>((release) => releases.push(release));
      return items.map(({ value }): ItemOutcome<number> =>
        value < 0 ? { ok: false, error: new Error(`bad ${value}`) } : { ok: true, output: value * 2 },
      );
    },
    expire: (item) => new Error(`expired ${item.value}`),
  });
  return { batcher, batches, alone, release: () => releases.shift()?.() };
}

const item = (
  value: number,
  deadlineAtMs = Number.POSITIVE_INFINITY,
  signal = new AbortController().signal,
): NumberItem => ({ value, deadlineAtMs, signal });

test('a lone item starts at once; what gathers meanwhile becomes the next batch, up to the cap', async () => {
  const { batcher, batches, release } = handEngine({ batchMax: 2 });
  const all = [1, 2, 3, 4].map((value) => batcher.submit(item(value)));
  expect(batches).toEqual([[1]]);
  release();
  await all[0];
  await Promise.resolve();
  expect(batches).toEqual([[1], [2, 3]]);
  release();
  await all[2];
  await Promise.resolve();
  release();
  expect((await Promise.all(all)).map((done) => done.output)).toEqual([2, 4, 6, 8]);
  expect(batches).toEqual([[1], [2, 3], [4]]);
});

test('as many batches run at once as there are lanes', () => {
  const { batcher, batches } = handEngine({ batchMax: 1, lanes: 2 });
  for (const value of [1, 2, 3]) void batcher.submit(item(value));
  expect(batches).toEqual([[1], [2]]);
});

test('one bad item fails alone', async () => {
  const { batcher, release } = handEngine({ batchMax: 3 });
  const first = batcher.submit(item(1));
  const rest = [batcher.submit(item(-2)), batcher.submit(item(3))];
  release();
  await first;
  await Promise.resolve();
  release();
  const [bad, good] = await Promise.allSettled(rest);
  expect(bad).toMatchObject({ status: 'rejected', reason: { message: 'bad -2' } });
  expect(good).toMatchObject({ status: 'fulfilled', value: { output: 6 } });
});

test('an item whose deadline passes while it waits is not computed', async () => {
  let nowMs = 0;
  const { batcher, batches, release } = handEngine({ batchMax: 4, now: () => nowMs });
  const first = batcher.submit(item(1));
  const late = batcher.submit(item(2, 10));
  const later = batcher.submit(item(3, 100));
  nowMs = 50;
  release();
  await first;
  await expect(late).rejects.toThrow('expired 2');
  release();
  expect(await later).toEqual({ output: 6, batchMs: 50 });
  expect(batches).toEqual([[1], [3]]);
});

test('an item that ended while it waits is not computed, and is told why; one under way is', async () => {
  const { batcher, batches, release } = handEngine({ batchMax: 4 });
  const endings = [1, 2, 3].map(() => new AbortController());
  const all = endings.map(({ signal }, index) =>
    batcher.submit(item(index + 1, Number.POSITIVE_INFINITY, signal)),
  );
  endings[0]!.abort(new Error('too late'));
  endings[1]!.abort(new Error('canceled'));
  release();
  expect((await all[0])?.output).toBe(2);
  await expect(all[1]).rejects.toThrow('canceled');
  release();
  expect((await all[2])?.output).toBe(6);
  expect(batches).toEqual([[1], [3]]);
});

test('a batch of which nothing is left is none, and the next item starts at once', async () => {
  const { batcher, batches, release } = handEngine({ batchMax: 4 });
  const ending = new AbortController();
  const first = batcher.submit(item(1));
  const ended = batcher.submit(item(2, Number.POSITIVE_INFINITY, ending.signal));
  ending.abort(new Error('canceled'));
  release();
  await first;
  await expect(ended).rejects.toThrow('canceled');
  const next = batcher.submit(item(3));
  release();
  expect((await next).output).toBe(6);
  expect(batches).toEqual([[1], [3]]);
});

test('how many items a full engine computes in a second is known by what they took, for all lanes', async () => {
  let nowMs = 0;
  const { batcher, release } = handEngine({ batchMax: 8, lanes: 2, now: () => nowMs });
  expect(batcher.itemsPerS).toBeUndefined();
  const all = [1, 2].map((value) => batcher.submit(item(value)));
  nowMs += 100;
  release();
  release();
  await Promise.all(all);
  expect(batcher.itemsPerS).toBe(20);
});

test('a slow engine gets smaller batches, so that none of them takes too long', async () => {
  let nowMs = 0;
  const { batcher, batches, release } = handEngine({ batchMax: 8, batchMsMax: 1_000, now: () => nowMs });
  const all = Array.from({ length: 5 }, (_, index) => batcher.submit(item(index)));
  nowMs += 450;
  release();
  await all[0];
  await Promise.resolve();
  expect(batches).toEqual([[0], [1, 2]]);
  nowMs += 4_000;
  release();
  await all[1];
  await Promise.resolve();
  expect(batches).toEqual([[0], [1, 2], [3]]);
});

test('an item is alone when nothing else is computed or waits, and nobody outside knows of anything else', async () => {
  let isAlone = true;
  const engine = handEngine({ batchMax: 1, lanes: 2, isAlone: () => isAlone });
  const all = [1, 2, 3].map((value) => engine.batcher.submit(item(value)));
  expect(engine.alone).toEqual([true, false]);
  for (let left = all.length; left > 0; left -= 1) {
    engine.release();
    await Promise.resolve();
    await new Promise((resolve) => setImmediate(resolve));
  }
  await Promise.all(all);
  const next = engine.batcher.submit(item(4));
  expect(engine.alone).toEqual([true, false, false, true]);
  engine.release();
  await next;
  isAlone = false;
  void engine.batcher.submit(item(5));
  expect(engine.alone.at(-1)).toBe(false);
});

test('items that waited together are not alone, and without anybody who knows none is', async () => {
  const engine = handEngine({ batchMax: 2, isAlone: () => true });
  const all = [1, 2, 3].map((value) => engine.batcher.submit(item(value)));
  for (let left = all.length; left > 0; left -= 1) {
    engine.release();
    await new Promise((resolve) => setImmediate(resolve));
  }
  await Promise.all(all);
  // What an item takes alone says nothing, so the second still is the first that is known of.
  expect(engine.batches).toEqual([[1], [2], [3]]);
  expect(engine.alone).toEqual([true, false, true]);
  const unknowing = handEngine({ batchMax: 1 });
  void unknowing.batcher.submit(item(1));
  expect(unknowing.alone).toEqual([false]);
});

test('what items take alone is not what a full engine takes for one', async () => {
  let nowMs = 0;
  const { batcher, release } = handEngine({ batchMax: 8, now: () => nowMs, isAlone: () => true });
  const alone = batcher.submit(item(1));
  nowMs += 10;
  release();
  await alone;
  expect(batcher.itemsPerS).toBeUndefined();
});

test('of the lanes as many are used as there are at present', async () => {
  let lanesNow = 1;
  const { batcher, batches, release } = handEngine({ batchMax: 1, lanes: 3, lanesNow: () => lanesNow });
  for (const value of [1, 2, 3, 4, 5]) void batcher.submit(item(value));
  expect(batches).toEqual([[1]]);
  lanesNow = 5;
  release();
  await new Promise((resolve) => setImmediate(resolve));
  expect(batches).toEqual([[1], [2], [3], [4]]);
});
