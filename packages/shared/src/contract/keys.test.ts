import { expect, test } from 'vitest';
import { keysOf } from './keys.ts';

const keys = keysOf('shoal');
const all = Object.values(keys).map((key: string | ((part: string) => string)) =>
  typeof key === 'string' ? key : key('x'),
);

test('every key has the one hash tag, so that a script may touch any of them', () => {
  expect(all.length).toBeGreaterThan(10);
  for (const key of all) expect(/\{([^}]*)\}/.exec(key)?.[1]).toBe('shoal');
});

test('no two of them are ever the same, whatever the names in them', () => {
  expect(new Set(all).size).toBe(all.length);
  expect(keys.model('s')).not.toBe(keys.models);
});

test('installations with different prefixes share nothing', () => {
  const other = keysOf('shoal-2');
  expect(other.ledger).not.toBe(keys.ledger);
  expect(other.queuePrefix.startsWith(keys.queuePrefix)).toBe(false);
});
