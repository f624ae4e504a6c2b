import { expect, test } from 'vitest';
import { tee } from './tee.ts';

async function* numbers(count: number, onEnd = (): void => {}): AsyncGenerator<number> {
  try {
    for (let number = 0; number < count; number += 1) yield number;
  } finally {
    onEnd();
  }
}

async function all<T>(items: AsyncIterable<T>): Promise<T[]> {
  const list: T[] = [];
  for await (const item of items) list.push(item);
  return list;
}

test('both readers get everything in order, side by side or one after the other', async () => {
  const { readers } = tee(numbers(5));
  expect(await Promise.all(readers.map(all))).toEqual([
    [0, 1, 2, 3, 4],
    [0, 1, 2, 3, 4],
  ]);
  const later = tee(numbers(5)).readers;
  expect(await all(later[1])).toEqual([0, 1, 2, 3, 4]);
  expect(await all(later[0])).toEqual([0, 1, 2, 3, 4]);
});

test('readers side by side take no more from the source than they read', async () => {
  let taken = 0;
  const { readers } = tee(
    (async function* () {
      for (;;) yield ++taken;
    })(),
  );
  const [left, right] = readers.map((reader) => reader[Symbol.asyncIterator]());
  for (let read = 1; read <= 5; read += 1) {
    const both = await Promise.all([left!.next(), right!.next()]);
    expect(both.map(({ value }) => value as number)).toEqual([read, read]);
    expect(taken).toBe(read);
  }
});

test('a reader that ends early leaves the other one everything', async () => {
  const { readers } = tee(numbers(3));
  for await (const number of readers[0]) if (number === 0) break;
  expect(await all(readers[1])).toEqual([0, 1, 2]);
});

test('a source that fails fails for whoever asked, and can be ended', async () => {
  let ended = 0;
  const { readers, end } = tee(
    numbers(3, () => {
      ended += 1;
    }),
  );
  await readers[0][Symbol.asyncIterator]().next();
  await end();
  expect(ended).toBe(1);
  expect(await all(readers[1])).toEqual([0]);

  const failing = tee(
    (async function* () {
      yield 1;
      throw new Error('the folder is gone');
    })(),
  );
  await expect(all(failing.readers[0])).rejects.toThrow('the folder is gone');
});
