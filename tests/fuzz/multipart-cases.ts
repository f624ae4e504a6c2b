/** Kind `multipart`: the picture is sound, and the form around it is not. */
import { damages } from './damage.ts';
import { contentType, honest, only, predictionsPath, recipe, refused, toBytes } from './fuzz-case.ts';
import type { Hostile, Recipe } from './fuzz-case.ts';
import { fileNames, oddNames } from './odd-texts.ts';
import type { Random } from './random.ts';
import { boundary, form, formBody, formType, partBytes, type Part } from './write-form.ts';

type Steps = Hostile['steps'];

const model: Part = { name: 'model', content: 'demo-yolo' };
const post = (parts: readonly Part[], ending?: string): Steps => [form(predictionsPath, parts, ending)];
const raw = (body: Buffer, type = formType): Steps => [
  toBytes({ path: predictionsPath, headers: [contentType(type)], body }),
];
const few = (random: Random, min: number, max: number, text: string): string =>
  text.repeat(random.integer(min, max));
const noise = (random: Random, length: number): string =>
  random
    .bytes(length)
    .toString('latin1')
    .replaceAll(/[\r\n]/g, '');
const formOf = (random: Random, boundaries: readonly string[]): string =>
  `multipart/form-data; boundary=${random.pick(boundaries)}`;
const odd = (random: Random): string => random.pick(oddNames);
const fields = (count: number): Part[] =>
  Array.from({ length: count }, (_, i) => ({ name: `f${i}`, content: 'x' }));

export function multipartRecipes(picture: Buffer): readonly Recipe[] {
  const image: Part = { name: 'image', fileName: 'a.jpg', type: 'image/jpeg', content: picture };
  return [
    recipe('sound', (random) => only([200], post(random.chance(0.5) ? [model, image] : [image, model]))),
    ...aboutBoundaries(image, picture),
    ...aboutParts(image, picture),
    ...aboutHeads(image),
    ...damages.map(({ name, apply }) =>
      recipe(
        `the form with ${name}`,
        (random) => {
          // The head and the tail are what a parser reads; a picture between them would take all the blows.
          const small = formBody([model, { ...image, content: picture.subarray(0, 40) }]);
          return honest(raw(apply(random, small, partBytes(image))));
        },
        1.5,
      ),
    ),
  ];
}

function aboutBoundaries(image: Part, picture: Buffer): Recipe[] {
  const sound = formBody([model, image]);
  const none = ['', ';', '; boundary', '; boundary=', '; boundary=""'];
  const others = ['other', 'reef', 'reef-47111', '-', ':', '%'];
  const parameters = [
    `multipart/form-data; charset=x; boundary="${boundary}"`,
    `MULTIPART/FORM-DATA; BOUNDARY=${boundary}`,
    `multipart/form-data; boundary=${boundary}; boundary=other`,
    `multipart/form-data; boundary=other; boundary=${boundary}`,
    `multipart/form-data, multipart/form-data; boundary=${boundary}`,
    `multipart/mixed; boundary=${boundary}`,
    `multipart/form-data; boundary*=utf-8''${boundary}`,
  ];
  const inside = [
    `\r\n--${boundary}`,
    `\n--${boundary}\n`,
    `--${boundary}--`,
    `\r\n--${boundary.slice(0, -1)}`,
  ];
  const withInside = (text: string): Buffer =>
    Buffer.concat([picture.subarray(0, 500), Buffer.from(text), picture.subarray(500)]);
  const ends = ['', '--', `--${boundary}`, `--${boundary}-`];
  return [
    recipe('no boundary', (random) => refused(raw(sound, `multipart/form-data${random.pick(none)}`))),
    recipe('another boundary', (random) => refused(raw(sound, formOf(random, others)))),
    recipe('a huge boundary', (random) =>
      refused(raw(sound, formOf(random, [few(random, 70, 12_000, 'b')]))),
    ),
    recipe('an odd boundary parameter', (random) => honest(raw(sound, random.pick(parameters)))),
    recipe('no final boundary', (random) => refused(post([model, image], random.pick(ends)))),
    recipe('more behind the end', (random) =>
      honest(post([model, image], `--${boundary}--\r\n${few(random, 1, 50_000, 'x')}`)),
    ),
    recipe('more before the beginning', (random) =>
      honest(raw(Buffer.concat([random.bytes(random.size(5_000)), Buffer.from('\r\n'), sound]))),
    ),
    recipe('boundaries and nothing between', (random) =>
      refused(raw(Buffer.from(few(random, 100, 20_000, `--${boundary}\r\n`)))),
    ),
    recipe('boundaries inside the picture', (random) =>
      honest(post([model, { ...image, content: withInside(random.pick(inside)) }])),
    ),
    recipe('lines that end in LF', () =>
      honest(raw(Buffer.from(sound.toString('latin1').replaceAll('\r\n', '\n'), 'latin1'))),
    ),
    recipe('a length that is too short', (random) => {
      // A form that lacks only the end of its last line is whole.
      const length = String(random.integer(0, sound.length - '\r\n'.length - 1));
      return refused([
        toBytes({ path: predictionsPath, headers: [contentType(formType)], body: sound, length }),
      ]);
    }),
    recipe('another content type', (random) => {
      const types = [
        'image/jpeg',
        'application/json',
        'text/plain',
        'application/x-www-form-urlencoded',
        '*/*',
        '',
      ];
      return honest(raw(sound, random.pick(types)));
    }),
    recipe(
      'the caller leaves in the middle',
      (random) => ({
        steps: [form(predictionsPath, [model, image]).subarray(0, random.integer(200, 1_500))],
        leaves: true,
      }),
      2,
    ),
  ];
}

function aboutParts(image: Part, picture: Buffer): Recipe[] {
  const json = ['"demo-yolo"', '{"__proto__":{"x":1}}', '[1,2', 'null', '{"toString":1}', '1e999'];
  const stub = { ...image, content: picture.subarray(0, 100) };
  return [
    recipe('nothing at all', () => refused(raw(Buffer.alloc(0)))),
    recipe('an empty form', () => refused(post([]))),
    recipe(
      'thousands of parts',
      (random) => refused(post([...fields(random.integer(41, 5_000)), model, image])),
      2,
    ),
    recipe('thousands of empty parts', (random) =>
      refused(raw(Buffer.from(`${few(random, 100, 5_000, `--${boundary}\r\n\r\n\r\n`)}--${boundary}--`))),
    ),
    recipe('many files', (random) =>
      honest(post([model, ...Array.from({ length: random.integer(2, 60) }, () => stub)]), 'other'),
    ),
    recipe('two pictures', () => honest(post([model, image, image]), 'other')),
    recipe('the picture as text', () => refused(post([model, { name: 'image', content: picture }]))),
    recipe('the model as a file', () => refused(post([{ ...model, fileName: 'm' }, image]))),
    recipe('the model twice', () => refused(post([model, model, image]))),
    recipe(
      'a file under an odd name',
      (random) => refused(post([model, { ...image, name: odd(random) }])),
      2,
    ),
    recipe(
      'a field under an odd name',
      (random) => refused(post([model, { name: odd(random), content: 'x' }, image])),
      2,
    ),
    recipe(
      'a field under an odd name, old address',
      (random) => {
        const parts = [
          { ...model, name: 'model_type' },
          { name: odd(random), content: 'x' },
          { ...image, name: 'file' },
        ];
        return honest([form('/predictor', parts)], 'legacy');
      },
      2,
    ),
    recipe(
      'an odd model',
      (random) => only([400, 404], post([{ ...model, content: odd(random) }, image])),
      2,
    ),
    recipe('a huge field name', (random) =>
      refused(post([model, { name: few(random, 101, 200_000, 'n'), content: 'x' }, image])),
    ),
    recipe('a huge field', (random) =>
      refused(post([model, { name: 'minScore', content: few(random, 65_537, 2_000_000, '1') }, image])),
    ),
    recipe('a JSON field', (random) =>
      honest(post([{ ...model, type: 'application/json', content: random.pick(json) }, image])),
    ),
    recipe('a JSON field that goes deep', (random) => {
      const depth = random.integer(100, 30_000);
      const content = '['.repeat(depth) + ']'.repeat(depth);
      return refused(post([model, { name: 'classes', type: 'application/json', content }, image]));
    }),
    recipe('a form in a form', () =>
      only([400, 415], post([model, { ...image, type: formType, content: formBody([model, image]) }])),
    ),
  ];
}

function aboutHeads(image: Part): Recipe[] {
  const imageIs = (...headLines: readonly string[]): Hostile =>
    honest(post([model, { ...image, headLines }]));
  const named = 'content-disposition: form-data; name="image"; filename="a"';
  const alphabets = ["utf-8''%ff%fe", "utf-16''a", "''", "x'y'z'%", "utf-8''%E2%82"];
  const dispositions = [
    'form-data',
    'attachment; name="image"',
    'form-data; name',
    'form-data; name=image; name=model',
    'form-data; name="image',
    ';;;;',
    'form-data;name=image;filename=a',
  ];
  return [
    recipe(
      'an odd file name',
      (random) => honest(post([model, { ...image, fileName: random.pick(fileNames) }])),
      2,
    ),
    recipe('a file name in another alphabet', (random) =>
      imageIs(`content-disposition: form-data; name="image"; filename*=${random.pick(alphabets)}`),
    ),
    recipe(
      'bytes that are no text in a part’s head',
      (random) => imageIs(named.replace('"a"', `"${noise(random, 20)}"`), `x: ${noise(random, 20)}`),
      2,
    ),
    recipe('a huge head of a part', (random) => imageIs(named, `x: ${few(random, 16_000, 500_000, 'y')}`)),
    recipe('thousands of lines in a part’s head', (random) =>
      imageIs(...Array.from({ length: random.integer(33, 5_000) }, (_, i) => `x${i}: y`), named),
    ),
    recipe('a part without a disposition', () => refused(post([model, { ...image, headLines: [] }]))),
    recipe('an odd disposition', (random) => imageIs(`content-disposition: ${random.pick(dispositions)}`)),
    recipe('an odd encoding', (random) => {
      const encodings = ['base64', 'quoted-printable', '7bit', 'x'];
      return imageIs(named, `content-transfer-encoding: ${random.pick(encodings)}`);
    }),
  ];
}
