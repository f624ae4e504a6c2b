import { expect, test } from 'vitest';
import { chooseModels } from './choose-models.ts';
import type { FoundModel } from './choose-models.ts';

const families = ['detectron', 'yolo'];

function atHand(folders: Record<string, FoundModel | Error>) {
  return { directory: 'models', folders: new Map(Object.entries(folders)), families };
}

test('every folder is started by the app of its family when none is named', () => {
  const found = atHand({ a: { name: 'a', adapter: 'yolo' }, b: { name: 'b', adapter: 'detectron' } });
  expect(chooseModels(found, undefined)).toEqual([
    { name: 'a', folder: 'a', entry: 'apps/worker-yolo/src/main.ts' },
    { name: 'b', folder: 'b', entry: 'apps/worker-detectron/src/main.ts' },
  ]);
});

test("a model is chosen by its own name as well as by its folder's, and once", () => {
  const found = atHand({ folder: { name: 'fish', adapter: 'yolo' } });
  expect(chooseModels(found, ['fish', 'folder'])).toHaveLength(1);
  expect(chooseModels(found, ['fish'])[0]).toMatchObject({ name: 'fish', folder: 'folder' });
});

test('a name that is not there is answered with the names that are', () => {
  const found = atHand({ a: { name: 'a', adapter: 'yolo' } });
  expect(() => chooseModels(found, ['c'])).toThrow(
    'MODELS names "c", and models has no such model; it has a.',
  );
});

test('a family without an app is answered with the families that have one', () => {
  const found = atHand({ a: { name: 'a', adapter: 'clip' } });
  expect(() => chooseModels(found, undefined)).toThrow(
    'The model a is of the family "clip", which no app serves; there is detectron, yolo.',
  );
});

test('a broken folder that nobody asked for stops nothing', () => {
  const found = atHand({ a: { name: 'a', adapter: 'yolo' }, b: new Error('no weights') });
  expect(chooseModels(found, ['a'])).toHaveLength(1);
  expect(() => chooseModels(found, undefined)).toThrow('The model b is broken. no weights');
});

test('two folders with one name are told apart before they fight over it', () => {
  const found = atHand({ a: { name: 'fish', adapter: 'yolo' }, b: { name: 'fish', adapter: 'yolo' } });
  expect(() => chooseModels(found, undefined)).toThrow(
    'The folders a and b both hold a model that is named fish.',
  );
});

test('no folder at all is said', () => {
  expect(() => chooseModels(atHand({}), undefined)).toThrow('There is no model in models');
});
