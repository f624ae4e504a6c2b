import { expect, test } from 'vitest';
import { chooseThreads, firstWidth, type ThreadWishes } from './choose-threads.ts';

const nothingSet: ThreadWishes = { threads: undefined, intraOpThreads: undefined, hasWide: true };
const megabyte = 1e6;
const plenty = 64_000 * megabyte;
const choose = (wishes: Partial<ThreadWishes>, cores: number, bytesFree = plenty, device = 'cpu' as const) =>
  chooseThreads({ ...nothingSet, ...wishes }, device, { cores, bytesFree }, 100 * megabyte);

test.each([
  [{}, 1, { threads: 1, intraOpThreads: 1, wideThreads: 0 }],
  [{}, 2, { threads: 2, intraOpThreads: 1, wideThreads: 2 }],
  [{}, 8, { threads: 8, intraOpThreads: 1, wideThreads: 8 }],
  [{ hasWide: false }, 8, { threads: 8, intraOpThreads: 1, wideThreads: 0 }],
  [{ threads: 2 }, 8, { threads: 2, intraOpThreads: 4, wideThreads: 8 }],
  [{ threads: 1 }, 8, { threads: 1, intraOpThreads: 8, wideThreads: 0 }],
  [{ threads: 16 }, 8, { threads: 16, intraOpThreads: 1, wideThreads: 8 }],
  [{ intraOpThreads: 4 }, 8, { threads: 2, intraOpThreads: 4, wideThreads: 8 }],
  [{ intraOpThreads: 16 }, 8, { threads: 1, intraOpThreads: 16, wideThreads: 0 }],
  [{ intraOpThreads: 0 }, 8, { threads: 1, intraOpThreads: 0, wideThreads: 0 }],
  [{ threads: 3, intraOpThreads: 1 }, 8, { threads: 3, intraOpThreads: 1, wideThreads: 8 }],
])('with %j set, %i cores become %j', (wishes, cores, expected) => {
  expect(choose(wishes, cores)).toEqual({ ...expected, notes: [] });
});

test('half of the free memory is for sessions; what they are too few for, they make up for in width', () => {
  const { notes, ...choice } = choose({}, 8, 700 * megabyte);
  expect(choice).toEqual({ threads: 4, intraOpThreads: 2, wideThreads: 0 });
  expect(notes).toEqual([
    'memory suffices for 4 of 8 sessions: each takes 100 MB',
    'memory does not suffice for one more session, on all cores, for a picture that is alone',
  ]);
});

test('where memory holds one session only, it has all cores', () => {
  expect(choose({}, 8, 0)).toMatchObject({ threads: 1, intraOpThreads: 8, wideThreads: 0 });
});

test('the wide session comes last: it takes no memory from the others', () => {
  expect(choose({}, 2, 300 * megabyte)).toMatchObject({ threads: 2, wideThreads: 0 });
  expect(choose({}, 2, 400 * megabyte)).toMatchObject({ threads: 2, wideThreads: 2 });
});

test('what is set is had, whatever memory there is', () => {
  expect(choose({ threads: 4, intraOpThreads: 1 }, 8, 0)).toMatchObject({ threads: 4, intraOpThreads: 1 });
});

test('a GPU has two sessions, of one thread each, and none that is wide', () => {
  const choice = chooseThreads(nothingSet, 'cuda:0', { cores: 16, bytesFree: plenty }, megabyte);
  expect(choice).toEqual({ threads: 2, intraOpThreads: 1, wideThreads: 0, notes: [] });
});

test('the first session is as wide as it will be where memory suffices', () => {
  for (const wishes of [{}, { threads: 2 }, { threads: 3 }, { intraOpThreads: 0 }, { intraOpThreads: 4 }]) {
    const all = { ...nothingSet, ...wishes };
    expect(firstWidth(all, 'cpu', 8)).toBe(choose(wishes, 8).intraOpThreads);
  }
});
