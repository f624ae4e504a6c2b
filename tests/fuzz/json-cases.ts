/** Kind `json`: bodies that say they are JSON. */
import fc from 'fast-check';
import { damages } from './damage.ts';
import { contentType, honest, only, predictionsPath, recipe, refused, toBytes } from './fuzz-case.ts';
import type { Hostile, Recipe } from './fuzz-case.ts';
import { fieldNames, oddNames, oddPictures, oddValues } from './odd-texts.ts';
import type { Random } from './random.ts';

const contentTypes = [
  'application/json; charset=utf-16',
  'application/json;charset',
  'APPLICATION/JSON',
  'application/problem+json',
  'application/json, text/plain',
  'text/json',
];
/** What base64 does not have, or not there. */
const strangers = ['*', '\\u0000', '====', '=', '%', ' ', '\\n', 'é'];

const post = (body: string | Buffer, type = 'application/json'): Hostile['steps'] => [
  toBytes({ path: predictionsPath, headers: [contentType(type)], body: Buffer.from(body as string) }),
];
const key = (random: Random): string => JSON.stringify(random.pick([...fieldNames, ...oddNames]));
const list = (count: number, of: (index: number) => string): string =>
  Array.from({ length: count }, (_, i) => of(i)).join();
/** A picture that is none cannot be accepted, whatever else the answer to it is. */
const noPicture = (image: string): Hostile => ({
  ...only([200, 400, 404, 415, 422], post(`{"model":"demo-yolo","image":${image}}`)),
  answer: 'refused',
});

export function jsonRecipes(picture: Buffer): readonly Recipe[] {
  const image = JSON.stringify(picture.toString('base64'));
  const withFields = (more: string): string => `{"model":"demo-yolo","image":${image}${more}}`;
  const sound = withFields('');
  return [
    recipe('sound', () => only([200], post(sound))),
    recipe(
      'an odd value in a field',
      (random) => honest(post(withFields(`,${key(random)}:${random.pick(oddValues)}`))),
      6,
    ),
    recipe('an odd picture', (random) => noPicture(random.pick([...oddPictures, ...oddValues])), 3),
    recipe('an odd body', (random) => refused(post(random.pick(oddValues))), 2),
    recipe('any value there is', (random) => refused(post(anyJson(random))), 6),
    recipe(
      'any value in a field',
      (random) => honest(post(withFields(`,${key(random)}:${anyJson(random)}`))),
      6,
    ),
    recipe('any value as the picture', (random) => noPicture(anyJson(random)), 2),
    recipe('lists in lists', (random) => refused(post(deep(random, '[', ']'))), 2),
    recipe('objects in objects', (random) => refused(post(deep(random, '{"a":', '}'))), 2),
    recipe(
      'depth in a field',
      (random) => refused(post(withFields(`,"classes":${deep(random, '[', ']')}`))),
      2,
    ),
    recipe('a field many times', (random) =>
      honest(post(withFields(',"minScore":0.5'.repeat(random.integer(2, 20_000))))),
    ),
    recipe('tens of thousands of fields', (random) =>
      only([400, 413], post(withFields(`,${list(random.integer(1_000, 50_000), (i) => `"f${i}":${i}`)}`))),
    ),
    recipe('tens of thousands of classes', (random) =>
      refused(post(withFields(`,"classes":[${list(random.integer(1_000, 50_000), (i) => `"c${i}"`)}]`))),
    ),
    recipe('a number of a million digits', () =>
      refused(post(withFields(`,"minScore":${'9'.repeat(1_000_000)}`))),
    ),
    recipe('a name of a million letters', () => refused(post(withFields(`,"${'n'.repeat(1_000_000)}":1`)))),
    recipe('a model of a million letters', () =>
      only([400, 404], post(`{"model":"${'m'.repeat(1_000_000)}","image":${image}}`)),
    ),
    recipe(
      'bytes that are no UTF-8',
      (random) => {
        const model = random.bytes(random.integer(1, 200));
        return only(
          [400, 404],
          post(Buffer.concat([Buffer.from('{"model":"'), model, Buffer.from(`","image":${image}}`)])),
        );
      },
      2,
    ),
    recipe('UTF-16, or a mark before it', (random) =>
      honest(post(random.pick([Buffer.from(sound, 'utf16le'), Buffer.from(`\ufeff${sound}`)]))),
    ),
    recipe('base64 with noise in it', (random) =>
      honest(post(sound.replace('/9j/', () => `/9j/${random.pick(strangers)}`))),
    ),
    recipe('base64 that goes on for 20 MB', () => noPicture(`"${'A'.repeat(20_000_000)}"`), 0.3),
    recipe(
      'base64 that goes on for 80 MB',
      () => only([413], post(`{"image":"${'A'.repeat(80_000_000)}"}`)),
      0.2,
    ),
    recipe(
      'brackets and nothing else for 60 MB',
      (random) =>
        refused(post(`[${random.pick(['[],', '1,', '"",', '{"a":1},']).repeat(60_000_000 >> 2)}1]`)),
      0.2,
    ),
    recipe('white space for 10 MB', () => honest(post(`${' '.repeat(10_000_000)}${sound}`)), 0.3),
    recipe(
      'a list of pictures',
      (random) => noPicture(`[${list(random.size(200), () => random.pick([...oddPictures, '1']))}]`),
      2,
    ),
    recipe('an odd content type', (random) => honest(post(sound, random.pick(contentTypes)))),
    recipe('two bodies in one', () => refused(post(sound + sound))),
    recipe('the old address', () =>
      refused([
        toBytes({ path: '/predictor', headers: [contentType('application/json')], body: Buffer.from(sound) }),
      ]),
    ),
    ...damages.map(({ name, apply }) =>
      recipe(`the text with ${name}`, (random) => {
        const small = '{"image":"/9j/4AAQSkZJRg==","minScore":0.25,"classes":["circle"],"model":"demo-yolo"}';
        return honest(post(apply(random, Buffer.from(small), Buffer.from(sound))));
      }),
    ),
  ];
}

function deep(random: Random, open: string, close: string): string {
  const depth = random.integer(10, 100_000);
  return (
    open.repeat(depth) + (open.endsWith(':') ? '1' : '') + (random.chance(0.7) ? close.repeat(depth) : '')
  );
}

function anyJson(random: Random): string {
  const arbitrary = fc.json({ maxDepth: 6, stringUnit: 'binary' });
  return fc.sample(arbitrary, { seed: random.integer(0, 2 ** 31 - 1), numRuns: 1 })[0]!;
}
