/** Kind `images`: what is hostile is the picture; the request around it is one of the four that clients send. */
import { damages } from './damage.ts';
import { barePath, contentType, predictionsPath, recipe, toBytes } from './fuzz-case.ts';
import type { Hostile, Recipe } from './fuzz-case.ts';
import { lies, soundOf } from './lying-pictures.ts';
import { makeBombs } from './picture-bombs.ts';
import type { Random } from './random.ts';
import type { Picture } from './sound-pictures.ts';
import { form } from './write-form.ts';

export async function pictureRecipes(pictures: readonly Picture[]): Promise<readonly Recipe[]> {
  const bombs = await makeBombs();
  return [
    recipe('sound', (random) => post(random, random.pick(pictures).bytes, [200]), 3),
    ...damages.map(({ name, apply }) =>
      recipe(
        name,
        (random) => {
          const bytes = apply(random, random.pick(pictures).bytes, random.pick(pictures).bytes);
          // One wound alone is often healed by the decoder.
          return post(random, random.chance(0.2) ? random.pick(damages).apply(random, bytes, bytes) : bytes);
        },
        6,
      ),
    ),
    ...lies.map(({ name, make }) =>
      recipe(name, (random) => post(random, make(random, soundOf(pictures, random))), 5),
    ),
    ...bombs.map(({ name, weight, expects, make }) =>
      recipe(name, (random) => post(random, make(random, soundOf(pictures, random)), expects), weight),
    ),
  ];
}

const mediaTypes = ['image/jpeg', 'image/png', 'application/octet-stream', 'image/svg+xml', 'text/plain'];

function post(random: Random, bytes: Buffer, expects?: readonly number[]): Hostile {
  const more = expects === undefined ? {} : { expects };
  // A large one is not copied, and needs no form around it.
  const way = bytes.length > 1_000_000 ? 0 : random.integer(0, 9);
  if (way < 6) return { steps: bare(bytes, random.pick(mediaTypes)), ...more };
  if (way < 7) return { steps: [json(bytes)], ...more };
  const isLegacy = way < 8;
  const parts = [
    { name: isLegacy ? 'model_type' : 'model', content: 'demo-yolo' },
    { name: isLegacy ? 'file' : 'image', fileName: 'picture', type: random.pick(mediaTypes), content: bytes },
  ];
  const request = form(
    isLegacy ? '/predictor/' : predictionsPath,
    random.chance(0.5) ? parts : parts.toReversed(),
  );
  return { steps: [request], ...(isLegacy && { answer: 'legacy' }), ...more };
}

const bare = (body: Buffer, type: string): Buffer[] => [
  toBytes({ path: barePath, headers: [contentType(type)], length: String(body.length) }),
  body,
];

function json(bytes: Buffer): Buffer {
  const body = Buffer.from(JSON.stringify({ model: 'demo-yolo', image: bytes.toString('base64') }));
  return toBytes({ path: predictionsPath, headers: [contentType('application/json')], body });
}
