/** Kind `headers`, first half: addresses, queries, methods and headers, in requests that are otherwise HTTP. */
import { barePath, contentType, honest, only, predictionsPath, recipe, toBytes } from './fuzz-case.ts';
import type { Header, Hostile, Recipe } from './fuzz-case.ts';
import { framingRecipes } from './framing-cases.ts';
import { oddHeaders } from './odd-headers.ts';
import { fieldNames, oddIds, oddMethods, oddNames, oddPaths, queryTexts } from './odd-texts.ts';
import type { Random } from './random.ts';

const jpeg = contentType('image/jpeg');

export function headerRecipes(picture: Buffer): readonly Recipe[] {
  const post = (headers: readonly Header[], path = barePath): Hostile['steps'] => [
    toBytes({ path, headers: [jpeg, ...headers], body: picture }),
  ];
  return [
    recipe('sound', () => only([200], post([]))),
    recipe('an odd header', (random) => honest(post([oddHeader(random)]), 'other'), 12),
    recipe(
      'several odd headers',
      (random) =>
        honest(post(Array.from({ length: random.integer(2, 6) }, () => oddHeader(random))), 'other'),
      6,
    ),
    recipe(
      'a query that means nothing',
      (random) => honest(post([], `${barePath}&${query(random)}`), 'other'),
      8,
    ),
    recipe(
      'a query without a model',
      (random) => honest(post([], `${predictionsPath}?${query(random)}`), 'other'),
      2,
    ),
    recipe(
      'a query of odd names',
      (random) => {
        const name = encodeURIComponent(random.pick(oddNames));
        return honest(post([], `${barePath}&${name}=${random.pick(queryTexts)}`));
      },
      3,
    ),
    recipe('a query that goes on', (random) =>
      honest(post([], barePath + '&minScore=1'.repeat(random.integer(100, 900)))),
    ),
    recipe(
      'an odd address',
      (random) => {
        const method = random.pick(['GET', 'POST', 'HEAD']);
        return honest(
          [toBytes({ method, path: random.pick(oddPaths), headers: [jpeg], body: picture })],
          'other',
        );
      },
      5,
    ),
    recipe(
      'a prediction that is none',
      (random) => {
        const more = random.pick(['', '/', '/events', '/events/', '//', '?wait=1']);
        const path = `${predictionsPath}/${random.pick(oddIds)}${more}`;
        const method = random.pick(['GET', 'GET', 'DELETE', 'HEAD', 'POST']);
        return only([400, 404, 405], [toBytes({ method, path })]);
      },
      5,
    ),
    recipe(
      'an odd method',
      (random) => {
        const headers: Header[] = [
          ['access-control-request-method', 'POST'],
          ['origin', 'http://a.invalid'],
        ];
        const path = random.pick([barePath, ...oddPaths]);
        return honest([toBytes({ method: random.pick(oddMethods), path, headers })], 'other');
      },
      5,
    ),
    recipe(
      'an address of noise',
      (random) => {
        const noise = random.bytes(random.integer(1, 60)).toString('latin1').replaceAll(/\s/g, '_');
        return honest([toBytes({ path: `/${noise}` })], 'other');
      },
      2,
    ),
    recipe('an address of 100 kB', (random) =>
      only([404, 414, 431], post([], `/${'a/'.repeat(random.integer(8_000, 50_000))}`)),
    ),
    recipe(
      'a huge header',
      (random) => only([431], post([['x-filler', 'f'.repeat(random.integer(17_000, 500_000))]])),
      2,
    ),
    recipe(
      'thousands of headers',
      (random) =>
        honest(post(Array.from({ length: random.integer(500, 20_000) }, (_, i) => [`x-${i}`, ''] as const))),
      2,
    ),
    recipe(
      'a header of noise',
      (random) => {
        const [name, value] = [random.integer(1, 8), random.integer(0, 50)].map((n) =>
          random.bytes(n).toString('latin1'),
        );
        return honest(post([[name!, value!]]), 'other');
      },
      3,
    ),
    recipe(
      'the caller leaves',
      (random) => ({ steps: [...post([]), random.integer(0, 30)], leaves: true }),
      3,
    ),
    ...framingRecipes(picture),
  ];
}

function oddHeader(random: Random): Header {
  const [name, values] = random.pick(Object.entries(oddHeaders));
  return [name, random.pick(values)];
}

function query(random: Random): string {
  const one = (): string => `${random.pick(fieldNames)}=${random.pick(queryTexts)}`;
  return Array.from({ length: random.size(8) }, one).join('&');
}
