/** Many pictures through a client: what is an item, what is the end, and what is canceled. */
import { expect, test } from 'vitest';
import type { LazyImage } from './image-input.ts';
import { ShoalClient } from './shoal-client.ts';
import { TestServer, byMethod, ended, json, never, ok, queued, refusal, succeeded } from './test-server.ts';

const model = 'demo';
const pictures = (...names: readonly string[]): readonly LazyImage[] =>
  names.map((name) => ({ name, open: () => new Uint8Array([1]) }));
const nameOf = (form: FormData | undefined): string => (form!.get('image') as File).name;

/** A picture called `broken` is refused, one called `slow` has no answer yet. */
function setUp() {
  const server = new TestServer(
    byMethod({
      POST: ({ form }) => {
        const name = nameOf(form);
        if (name === 'broken') return refusal(415, 'media_type_unsupported');
        return name === 'slow' ? json(202, { ...queued, id: 'slow-id' }) : ok();
      },
      GET: never,
      DELETE: () => json(200, ended('canceled', 'canceled')),
    }),
  );
  return { server, client: new ShoalClient(server.seams) };
}

test('each item has its place, its input and its prediction', async () => {
  const { client } = setUp();
  const images = pictures('a', 'b', 'c');
  const items = [];
  for await (const item of client.map(images, { model })) items.push(item);
  expect(items).toEqual(images.map((input, index) => ({ index, input, prediction: succeeded })));
});

test('with returnExceptions a failure is an item among the others', async () => {
  const { client, server } = setUp();
  const unreadable = { open: () => Promise.reject(new Error('no such file')) };
  const images = [...pictures('a', 'broken'), unreadable, ...pictures('b')];
  const codes = [];
  for await (const { index, input, error } of client.map(images, { model, returnExceptions: true })) {
    expect(input).toBe(images[index]);
    codes.push(error?.code);
  }
  expect(codes).toEqual([undefined, 'media_type_unsupported', 'image_unreadable', undefined]);
  expect(new Set(server.keys).size).toBe(3);
  expect(client.statistics).toMatchObject({ sent: 4, succeeded: 2, failed: 2 });
});

test('without it the first failure is thrown, and what is under way is canceled', async () => {
  const { client, server } = setUp();
  const read = async () => {
    for await (const item of client.map(pictures('slow', 'broken'), { model, ordered: false }))
      expect(item).toBe('none');
  };
  await expect(read()).rejects.toMatchObject({ code: 'media_type_unsupported' });
  await client.close();
  expect(server.sent('DELETE').map(({ path }) => path)).toEqual(['/reef/v1/predictions/slow-id']);
});

test('leaving the loop cancels what is under way', async () => {
  const { client, server } = setUp();
  for await (const { index } of client.map(pictures('a', 'slow', 'slow', 'b'), { model, concurrency: 3 })) {
    expect(index).toBe(0);
    break;
  }
  await client.close();
  expect(server.sent('DELETE')).toHaveLength(2);
  expect(server.sent('GET').every(({ signal }) => signal.aborted)).toBe(true);
});

test('an abort is thrown, also where failures are items', async () => {
  const { client, server } = setUp();
  const leaving = new AbortController();
  const read = async () => {
    const options = { model, returnExceptions: true, signal: leaving.signal };
    for await (const { index } of client.map(pictures('a', 'slow'), options)) {
      expect(index).toBe(0);
      leaving.abort(new Error('no more'));
    }
  };
  await expect(read()).rejects.toThrow('no more');
  await client.close();
  expect(server.sent('DELETE')).toHaveLength(1);
});

test('one picture may have options of its own, and be aborted alone', async () => {
  const { client, server } = setUp();
  const leaving = new AbortController();
  const optionsOf = ({ name }: LazyImage, index: number) => ({
    idempotencyKey: `reef-${index}`,
    ...(name === 'slow' && { signal: leaving.signal, minScore: 0.9 }),
    ...(name === 'a' && { onState: () => undefined }),
  });
  const told = [];
  const options = { model, minScore: 0.1, returnExceptions: true, ordered: false, optionsOf } as const;
  for await (const { input, error } of client.map(pictures('slow', 'a', 'b'), options)) {
    told.push([input.name, error?.code]);
    if (told.length === 2) leaving.abort();
  }
  expect(told).toEqual([
    ['a', undefined],
    ['b', undefined],
    ['slow', 'canceled'],
  ]);
  expect(server.keys).toEqual(['reef-0', 'reef-1', 'reef-2']);
  expect(server.sent('POST').map(({ form }) => form!.get('minScore'))).toEqual(['0.9', '0.1', '0.1']);
  await client.close();
});

test.each([0, -1, 1.5, Number.NaN])(
  'a concurrency of %d is refused before anything is taken',
  (concurrency) => {
    const { client } = setUp();
    expect(() => client.map(pictures('a'), { model, concurrency })).toThrow(RangeError);
  },
);

test('a mistake of the caller is no item', async () => {
  const { client } = setUp();
  for (const own of [{ optionsOf: mistake }, { optionsOf: () => ({ onState: mistake }) }]) {
    const items = client.map(pictures('slow'), { model, returnExceptions: true, ...own });
    await expect(items.next()).rejects.toThrow('a mistake');
  }
});

function mistake(): never {
  throw new TypeError('a mistake');
}
