import { expect, test } from 'vitest';
import { buildForm, heldBytesOf } from './build-form.ts';
import type { ImageInput } from './image-input.ts';

const bytes = new Uint8Array([1, 2, 3]);
const model = 'demo';

test.each<[string, ImageInput, string]>([
  ['a Blob', new Blob([bytes]), 'image'],
  ['a File', new File([bytes], 'reef.jpg'), 'reef.jpg'],
  ['a Uint8Array', bytes, 'image'],
  ['a part of a buffer', new Uint8Array([0, 1, 2, 3, 4]).subarray(1, 4), 'image'],
  ['an ArrayBuffer', bytes.buffer, 'image'],
  ['one that is opened late', { name: 'reef.jpg', open: () => bytes }, 'reef.jpg'],
  ['one that is opened asynchronously', { open: async () => new Blob([bytes]) }, 'image'],
])('%s is sent as its bytes', async (_what, image, name) => {
  const part = (await buildForm(image, { model })).get('image') as File;
  expect(part.name).toBe(name);
  expect(new Uint8Array(await part.arrayBuffer())).toEqual(bytes);
});

test('a URL is sent as what it is', async () => {
  const form = await buildForm(new URL('https://reef.example.org/a b.jpg'), { model });
  expect(form.get('image')).toBe('https://reef.example.org/a%20b.jpg');
});

test.each<[string, unknown, string]>([
  ['a path', 'reef.jpg', 'expected a Blob'],
  ['nothing', undefined, 'expected a Blob'],
  ['a list', [1, 2, 3], 'expected a Blob'],
  ['one that opens to a path', { open: () => 'reef.jpg' }, 'expected a Blob'],
  ['one that cannot be opened', { open: () => Promise.reject(new Error('no such file')) }, 'no such file'],
])('%s is image_unreadable', async (_what, image, message) => {
  const form = buildForm(image as ImageInput, { model });
  await expect(form).rejects.toMatchObject({
    code: 'image_unreadable',
    message: expect.stringContaining(message) as string,
  });
});

test('what is absent is not sent, and what is false or nought is', async () => {
  const form = await buildForm(bytes, {
    model,
    minScore: 0,
    iou: undefined,
    allowTruncated: false,
    deadlineMs: 100,
  });
  form.delete('image');
  expect([...form]).toEqual([
    ['model', 'demo'],
    ['minScore', '0'],
    ['allowTruncated', 'false'],
    ['deadlineMs', '100'],
  ]);
});

test.each([
  ['are one field', ['circle', 'square'], ['circle,square']],
  ['with a comma are a field each', ['sea star', 'crab, hermit'], ['sea star', 'crab, hermit']],
  [
    'of which one is asked for and has a comma come twice',
    ['crab, hermit'],
    ['crab, hermit', 'crab, hermit'],
  ],
  ['of which none is asked for are refused by the server, not all found', [], ['']],
])('classes %s', async (_how, classes, fields) => {
  expect((await buildForm(bytes, { model, classes })).getAll('classes')).toEqual(fields);
});

test('what a picture takes in memory while it waits is known where it can be', () => {
  const opened = { open: () => bytes };
  const images = [
    bytes,
    bytes.buffer,
    new Blob([bytes]),
    opened,
    { ...opened, sizeBytes: 7 },
    new URL('http://a/'),
  ];
  expect(images.map(heldBytesOf)).toEqual([3, 3, 3, 0, 7, 0]);
});
