import { getEventListeners } from 'node:events';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { mapConcurrently, type MapTerms } from './map-concurrently.ts';

const terms: MapTerms = { concurrency: 4, isOrdered: true };
const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

async function all<T>(items: AsyncIterable<T>): Promise<T[]> {
  const list: T[] = [];
  for await (const item of items) list.push(item);
  return list;
}

/** Work that ends when the test says so. */
class Workshop {
  readonly begun: number[] = [];
  readonly signals: AbortSignal[] = [];
  readonly #ends = new Map<number, { resolve: (output: string) => void; reject: (error: Error) => void }>();

  readonly work = (input: number, _index: number, signal: AbortSignal): Promise<string> => {
    this.begun.push(input);
    this.signals.push(signal);
    return new Promise((resolve, reject) => this.#ends.set(input, { resolve, reject }));
  };

  end(input: number): void {
    this.#ends.get(input)!.resolve(`of ${input}`);
  }

  fail(input: number): void {
    this.#ends.get(input)!.reject(new Error(`${input} failed`));
  }
}

function* count(upTo: number, seen: { taken: number; closed?: boolean } = { taken: 0 }): Generator<number> {
  try {
    for (let number = 0; number < upTo; number += 1) {
      seen.taken += 1;
      yield number;
    }
  } finally {
    seen.closed = true;
  }
}

test('outputs come in the order of the inputs, or as they are done', async () => {
  for (const isOrdered of [true, false]) {
    const shop = new Workshop();
    const items = all(mapConcurrently(count(3), shop.work, { concurrency: 3, isOrdered }));
    await turn();
    for (const input of [2, 0, 1]) {
      shop.end(input);
      await turn();
    }
    expect(await items).toEqual(isOrdered ? ['of 0', 'of 1', 'of 2'] : ['of 2', 'of 0', 'of 1']);
  }
});

test('whatever takes how long, each input has its output once, and no more than so many are worked on', async () => {
  const delays = fc.array(fc.nat({ max: 3 }), { maxLength: 30 });
  await fc.assert(
    fc.asyncProperty(
      delays,
      fc.integer({ min: 1, max: 5 }),
      fc.boolean(),
      async (turns, concurrency, isOrdered) => {
        let working = 0;
        const work = async (rounds: number, index: number): Promise<number> => {
          working += 1;
          expect(working).toBeLessThanOrEqual(concurrency);
          for (let round = 0; round < rounds; round += 1) await turn();
          working -= 1;
          return index;
        };
        const outputs = await all(mapConcurrently(turns, work, { concurrency, isOrdered }));
        const indices = turns.map((_rounds, index) => index);
        expect(isOrdered ? outputs : [...outputs].sort((a, b) => a - b)).toEqual(indices);
      },
    ),
    { numRuns: 60 },
  );
});

test.each([true, false])(
  'a consumer that stands still stops the source (in order: %s)',
  async (isOrdered) => {
    const seen = { taken: 0 };
    const items = mapConcurrently(count(1_000, seen), async (input) => input, { ...terms, isOrdered });
    for (let read = 1; read <= 3; read += 1) {
      await items.next();
      for (let rounds = 0; rounds < 20; rounds += 1) await turn();
      expect(seen.taken).toBeLessThanOrEqual(read + 2 * terms.concurrency);
    }
    await items.return();
  },
);

test('one that is slow holds back the order only so far', async () => {
  const shop = new Workshop();
  const seen = { taken: 0 };
  const items = mapConcurrently(count(1_000, seen), shop.work, terms);
  const first = items.next();
  await turn();
  for (let input = 1; input < 1_000 && shop.begun.includes(input); input += 1) {
    shop.end(input);
    await turn();
  }
  expect(seen.taken).toBe(2 * terms.concurrency);
  shop.end(0);
  expect((await first).value).toBe('of 0');
  await items.return();
});

test('nothing is taken before somebody asks, and a source is closed when nobody does any more', async () => {
  const shop = new Workshop();
  const seen = { taken: 0, closed: false };
  const items = mapConcurrently(count(1_000, seen), shop.work, terms);
  await turn();
  expect(seen.taken).toBe(0);
  const first = items.next();
  await turn();
  shop.end(0);
  await first;
  await items.return();
  await turn();
  expect(seen.closed).toBe(true);
  expect(shop.signals.every((signal) => signal.aborted)).toBe(true);
  expect(await items.next()).toEqual({ done: true, value: undefined });
});

test('a failure is thrown in its turn, and ends what is still worked on', async () => {
  const shop = new Workshop();
  const items = mapConcurrently(count(1_000), shop.work, terms);
  const first = items.next();
  await turn();
  shop.fail(1);
  await turn();
  shop.end(0);
  expect((await first).value).toBe('of 0');
  await expect(items.next()).rejects.toThrow('1 failed');
  expect(shop.signals.every((signal) => signal.aborted)).toBe(true);
});

test('a source that fails is told after what came out of it', async () => {
  const items = mapConcurrently(failing(), async (input) => input, terms);
  expect((await items.next()).value).toBe(1);
  await expect(items.next()).rejects.toThrow('the disk is gone');
});

test('an abort is thrown at once, even while the source or the work hangs, and nothing is left behind', async () => {
  const hangs = {
    [Symbol.asyncIterator]: () => ({ next: () => new Promise<IteratorResult<number>>(() => undefined) }),
  };
  for (const source of [hangs, count(1_000)]) {
    const shop = new Workshop();
    const { signal, abort } = leaving();
    const items = all(mapConcurrently(source, shop.work, { ...terms, signal }));
    await turn();
    abort();
    await expect(items).rejects.toThrow('no more');
    expect(shop.signals.every((one) => one.aborted)).toBe(true);
    expect(getEventListeners(signal, 'abort')).toEqual([]);
  }
  const { signal, abort } = leaving();
  abort();
  const seen = { taken: 0 };
  await expect(all(mapConcurrently(count(9, seen), async () => 1, { ...terms, signal }))).rejects.toThrow(
    'no more',
  );
  expect(seen.taken).toBe(0);
});

function leaving(): { signal: AbortSignal; abort: () => void } {
  const controller = new AbortController();
  return { signal: controller.signal, abort: () => controller.abort(new Error('no more')) };
}

test('200,000 inputs take as much memory as 20,000', async () => {
  setFlagsFromString('--expose-gc');
  const collect = runInNewContext('gc') as () => void;
  const heapBytes = async (): Promise<number> => {
    await turn();
    collect();
    return process.memoryUsage().heapUsed;
  };
  const { signal } = new AbortController();
  let index = 0;
  let early = 0;
  for await (const name of mapConcurrently(pictures(), toName, {
    concurrency: 16,
    isOrdered: false,
    signal,
  })) {
    if (index === 20_000) early = await heapBytes();
    index += name === '' ? 0 : 1;
  }
  expect(index).toBe(200_000);
  expect(getEventListeners(signal, 'abort')).toEqual([]);
  // One input kept would be half a kilobyte; all of them 90 MB.
  expect(await heapBytes()).toBeLessThan(early + 5_000_000);
});

async function* failing() {
  yield 1;
  await turn();
  throw new Error('the disk is gone');
}

function* pictures() {
  for (let index = 0; index < 200_000; index += 1) {
    yield { name: `reef_${index}.jpg`, notes: Array<number>(50).fill(index) };
  }
}

async function toName({ name }: { readonly name: string }): Promise<string> {
  return name;
}

test('an abort between two outputs closes a source that has been told already', async () => {
  const seen = { taken: 0, closed: false };
  const caller = new AbortController();
  const shop = new Workshop();
  const items = mapConcurrently(count(100, seen), shop.work, { ...terms, signal: caller.signal });
  const first = items.next();
  await turn();
  shop.end(0);
  await first;
  await turn();
  caller.abort(new Error('enough'));
  shop.end(1);
  await turn();
  await expect(items.next()).rejects.toThrow('enough');
  expect(seen.closed).toBe(true);
});
