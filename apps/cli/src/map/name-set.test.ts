import { expect, test } from 'vitest';
import { NameSet } from './name-set.ts';

test('what was added is there, and nothing else, however many there are', () => {
  const names = new NameSet();
  for (let n = 0; n < 20_000; n++) expect(names.add(`folder/${n}.jpg`)).toBe(true);
  expect(names.size).toBe(20_000);
  for (let n = 0; n < 20_000; n++) {
    expect(names.has(`folder/${n}.jpg`)).toBe(true);
    expect(names.has(`other/${n}.jpg`)).toBe(false);
  }
});

test('a name that is added twice is there once', () => {
  const names = new NameSet();
  expect([names.add('a'), names.add('a'), names.size]).toEqual([true, false, 1]);
});
