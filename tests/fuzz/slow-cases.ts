/**
 * Kind `slow`: callers who take their time. Each holds a connection until the server has had enough, so they run beside
 * the others and not in turn with them.
 */
import { barePath, contentType, predictionsPath, recipe, toBytes } from './fuzz-case.ts';
import type { Hostile, Recipe } from './fuzz-case.ts';
import { formBody, formType } from './write-form.ts';

type Steps = Hostile['steps'];

/** Longer than any upload may take. */
const again = (...steps: readonly (Buffer | number)[]): Steps =>
  Array.from({ length: 4_000 }, () => steps).flat();

export function slowRecipes(picture: Buffer, uploadTimeoutMs: number): readonly Recipe[] {
  // The time to arrive, and some to be told so.
  const late = (...steps: Steps): Hostile => ({ steps, expects: [408], withinMs: uploadTimeoutMs + 8_000 });
  const body = formBody([
    { name: 'model', content: 'demo-yolo' },
    { name: 'image', fileName: 'a.jpg', type: 'image/jpeg', content: picture },
  ]);
  const jpeg = contentType('image/jpeg');
  const bare = toBytes({ headers: [jpeg], length: '1000000' });
  const large = toBytes({ headers: [jpeg], length: '50000000' });
  const chunked = toBytes({ headers: [jpeg, ['transfer-encoding', 'chunked']], length: null });
  const aForm = toBytes({
    path: predictionsPath,
    headers: [contentType(formType)],
    length: String(body.length),
  });
  const json = toBytes({
    path: predictionsPath,
    headers: [contentType('application/json')],
    length: '1000000',
  });
  return [
    recipe('a body that never comes', (random) => late(random.pick([bare, large]))),
    recipe('a body that stops', (random) =>
      late(bare, picture.subarray(0, random.integer(1, picture.length))),
    ),
    recipe('a body byte by byte', (random) =>
      late(bare, ...again(picture.subarray(0, 1), random.integer(5, 100))),
    ),
    recipe('chunks without an end', (random) =>
      late(chunked, ...again(Buffer.from('1\r\nx\r\n'), random.integer(1, 100))),
    ),
    recipe('a part that never ends', (random) =>
      late(aForm, body.subarray(0, random.integer(50, body.length - boundaryRoom))),
    ),
    recipe('JSON that never ends', (random) => {
      const beginning = Buffer.from('{"model":"demo-yolo","image":"');
      return late(json, beginning, ...again(Buffer.from('AAAA'), random.integer(5, 100)));
    }),
    recipe('a sound picture in slow pieces', () => {
      const whole = toBytes({ path: barePath, headers: [jpeg], body: picture });
      const size = Math.ceil(whole.length / 10);
      const piece = (index: number): Buffer => whole.subarray(index * size, (index + 1) * size);
      const steps = Array.from({ length: 10 }, (_, index) => [piece(index), uploadTimeoutMs / 30]).flat();
      return { steps, expects: [200], withinMs: uploadTimeoutMs + 10_000 };
    }),
  ];
}

/** So that the last boundary is never whole. */
const boundaryRoom = 40;
