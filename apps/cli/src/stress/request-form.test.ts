import { describe, expect, test } from 'vitest';
import { makeRequestForm, type RequestForm, type RequestFormOptions } from './request-form.ts';

const make = (options: Partial<RequestFormOptions>): RequestForm =>
  makeRequestForm({ kind: 'multipart', prefix: '', model: 'demo-yolo', fields: [], ...options });

/** What a server reads of it: names in order, with the text, or the name, type and bytes of a file. */
async function readParts(form: RequestForm, fileName: string, picture: Uint8Array) {
  const { contentType, head, tail } = form.frame(fileName);
  const body = Buffer.concat([head, picture, tail]);
  const parts = await new Response(body, { headers: { 'content-type': contentType } }).formData();
  return Promise.all(
    [...parts].map(async ([name, value]) =>
      typeof value === 'string'
        ? [name, value]
        : [name, value.name, value.type, Buffer.from(await value.arrayBuffer())],
    ),
  );
}

// The bytes of a part's end must not end it.
const picture = Buffer.from([0xff, 0xd8, 0, 13, 10, 45, 45, 13, 10]);

describe('the form of a request', () => {
  test('multipart posts fields and the picture to /v1/predictions', async () => {
    const form = make({ prefix: '/model/v1', fields: [['minScore', '0.5']] });
    expect(form.path).toBe('/model/v1/v1/predictions');
    expect(await readParts(form, 'reef.jpg', picture)).toEqual([
      ['model', 'demo-yolo'],
      ['minScore', '0.5'],
      ['image', 'reef.jpg', 'image/jpeg', picture],
    ]);
  });

  test('legacy posts what the older server reads, with the slash that it wants', async () => {
    const form = make({ kind: 'legacy', model: 'image_queue_yolov5' });
    expect(form.path).toBe('/predictor/');
    expect(await readParts(form, 'frame.png', picture)).toEqual([
      ['model_type', 'image_queue_yolov5'],
      ['file', 'frame.png', 'image/png', picture],
    ]);
  });

  test('raw has everything in the query, and nothing around the picture', () => {
    const form = make({ kind: 'raw', model: 'a b', fields: [['classes', 'x&y,ü']] });
    const url = new URL(form.path, 'http://a');
    expect(url.pathname).toBe('/v1/predictions');
    expect([...url.searchParams]).toEqual([
      ['model', 'a b'],
      ['classes', 'x&y,ü'],
    ]);
    const { contentType, head, tail } = form.frame('a.TIF');
    expect([contentType, head.length, tail.length]).toEqual(['image/tiff', 0, 0]);
  });

  test('a name with quotes, line ends and letters of the world stays one name', async () => {
    const [, file] = await readParts(make({}), 'Tief"see\r\n Ö.jpg', picture);
    expect(file).toEqual(['image', expect.stringMatching(/^Tief.*see.* Ö\.jpg$/s), 'image/jpeg', picture]);
  });

  test('no two runs have the same boundary, which a picture could hold', () => {
    expect(make({}).frame('a.jpg').contentType).not.toBe(make({}).frame('a.jpg').contentType);
  });
});
