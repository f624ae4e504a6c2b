import { expect, test } from 'vitest';
import { priorities } from './job.ts';
import { keysOf } from './keys.ts';

const { queueName, ...keys } = keysOf('shoal');
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

test('each class of a model has a queue of its own, the usual one under the name of the model alone', () => {
  const names = ['tiny', 'tiny-high', 'tiny.low'].flatMap((model) =>
    priorities.map((priority) => queueName(model, priority)),
  );
  expect(new Set(names).size).toBe(9);
  expect(queueName('tiny', 'normal')).toBe('tiny');
  // The queue library refuses a colon in a name.
  for (const name of names) expect(name).not.toContain(':');
});

test('installations with different prefixes share nothing', () => {
  const other = keysOf('shoal-2');
  expect(other.ledger).not.toBe(keys.ledger);
  expect(other.queuePrefix.startsWith(keys.queuePrefix)).toBe(false);
});
