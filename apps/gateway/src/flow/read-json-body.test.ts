import { IncomingMessage } from 'node:http';
import { Socket } from 'node:net';
import { ServiceError } from '@shoal/shared/contract';
import { assert, asyncProperty, uint8Array } from 'fast-check';
import { describe, expect, test } from 'vitest';
import { readJsonBody } from './read-json-body.ts';
import { predictionForm } from './request-form.ts';

const bytesMax = 1_000;
const fetched: string[][] = [];
const limits = {
  received: () => undefined,
  uploadBytesMax: bytesMax,
  requestBytesMax: 2 * bytesMax,
  picturesMax: 3,
  fetchImage: (...asked: string[]) => {
    fetched.push(asked);
    return Promise.resolve(Buffer.from('fetched'));
  },
};
const picture = Buffer.from([0, 255, 251, 240, 62, 63, 1]);

/** As Node's own parser hands over a request: in pieces. */
function requestWith(text: string, headers: Record<string, string> = {}): IncomingMessage {
  const message = new IncomingMessage(new Socket());
  Object.assign(message.headers, headers);
  const middle = text.length >> 1;
  for (const piece of [text.slice(0, middle), text.slice(middle)]) if (piece !== '') message.push(piece);
  message.push(null);
  return message;
}

/** Of a body with one picture; one that is refused rejects, as it does for a caller. */
async function readText(text: string) {
  const { pictures, fields } = await readJsonBody(requestWith(text), predictionForm, limits);
  const [bytes] = pictures;
  if (bytes instanceof ServiceError) throw bytes;
  if (bytes === undefined) throw new Error('no picture');
  return { bytes, fields };
}

const read = (body: unknown) => readText(JSON.stringify(body));
const readList = (image: unknown[]) =>
  readJsonBody(requestWith(JSON.stringify({ image })), predictionForm, limits);

const blank = (size: number) => Buffer.alloc(size).toString('base64');

const refusal = async (text: string): Promise<ServiceError> => {
  const error: unknown = await readText(text).then(
    () => undefined,
    (reason: unknown) => reason,
  );
  if (!(error instanceof ServiceError)) throw new Error(`expected a refusal, came ${String(error)}`);
  return error;
};

describe('the picture', () => {
  const base64 = picture.toString('base64');

  test.each([
    ['base64', base64],
    ['URL-safe base64', picture.toString('base64url')],
    ['base64 without padding', base64.replaceAll('=', '')],
    ['base64 in lines', `${base64.slice(0, 4)}\r\n ${base64.slice(4)}\n`],
    ['a data URI', `data:image/png;base64,${base64}`],
    ['a data URI with parameters', `data:image/png;charset=x;base64,${base64}`],
    ['a data URI without a type', `data:;base64,${base64}`],
  ])('may come as %s', async (_what, image) => {
    expect((await read({ image })).bytes).toEqual(picture);
  });

  test('comes out as it was, whatever its bytes', async () => {
    await assert(
      asyncProperty(uint8Array({ minLength: 1, maxLength: 300 }), async (bytes) => {
        const image = Buffer.from(bytes).toString('base64');
        expect((await read({ image })).bytes).toEqual(Buffer.from(bytes));
      }),
      { numRuns: 50 },
    );
  });

  test.each([
    ['a path', '/etc/passwd?'],
    ['a URL of another kind', 'ftp://example.org/a.png'],
    ['padding in the middle', 'AA==AAAA'],
    ['three paddings', 'AAAAA==='],
    ['a data URI that is not base64', 'data:image/svg+xml,<svg/>'],
    ['a data URI that only looks like it', 'data:text/plain,;base64,AAAA'],
    ['a data URI without data', 'data:image/png;base64'],
    ['a number', 7],
    ['null', null],
    ['an object', {}],
  ])('may not be %s', async (_what, image) => {
    const error = await refusal(JSON.stringify({ image }));
    expect(error.code).toBe('options_invalid');
    expect(error.message).toMatch(/^image: expected /);
  });

  test.each(['https://example.org/a.png', 'HTTP://example.org/a.png'])(
    'may be named by %s',
    async (image) => {
      expect((await read({ image })).bytes.toString()).toBe('fetched');
      expect(fetched.at(-1)).toEqual([image, 'image']);
    },
  );

  test('that is not there is upload_missing', async () => {
    expect((await refusal('{"model": "tiny"}')).code).toBe('upload_missing');
  });

  test('is measured in its own bytes, and the limit itself is allowed', async () => {
    expect((await read({ image: blank(bytesMax) })).bytes).toHaveLength(bytesMax);
    expect(await refusal(JSON.stringify({ image: blank(bytesMax + 1) }))).toMatchObject({
      code: 'upload_too_large',
      message: `the picture is larger than ${bytesMax} bytes`,
    });
  });
});

describe('a list of pictures', () => {
  test('is one also where it holds one, and each picture has its own refusal', async () => {
    expect(await readList(['AAAA'])).toMatchObject({ isList: true, pictures: [Buffer.alloc(3)] });
    const { pictures } = await readList(['AAAA', '***', 7]);
    expect(pictures[0]).toEqual(Buffer.alloc(3));
    expect(pictures[1]).toMatchObject({
      code: 'options_invalid',
      message: expect.stringContaining('image[1]'),
    });
    expect(pictures[2]).toMatchObject({
      code: 'options_invalid',
      message: expect.stringContaining('image[2]'),
    });
  });

  test('is bounded in number, and in bytes together', async () => {
    await expect(readList([])).rejects.toMatchObject({ code: 'upload_missing' });
    await expect(readList(['AAAA', 'AAAA', 'AAAA', 'AAAA'])).rejects.toMatchObject({
      code: 'options_invalid',
    });
    await expect(readList([blank(900), blank(900), blank(900)])).rejects.toMatchObject({
      code: 'upload_too_large',
    });
    expect((await readList([blank(900), blank(900)])).pictures).toHaveLength(2);
  });
});

describe('the body', () => {
  test('keeps the other fields with their types', async () => {
    const { fields } = await read({ image: 'AAAA', model: 'tiny', minScore: 0.5, classes: ['a'] });
    expect(Object.fromEntries(fields)).toEqual({ model: 'tiny', minScore: 0.5, classes: ['a'] });
  });

  test.each(['', '{"image":', 'image=AAAA', '"AAAA"', 'null', '7', '[]'])('may not be %j', async (text) => {
    expect((await refusal(text)).code).toBe('options_invalid');
  });

  test('that is too large is refused by its announced length, and while it comes', async () => {
    const large = JSON.stringify({ image: 'A'.repeat(100_000) });
    expect((await refusal(large)).code).toBe('upload_too_large');
    const announced = requestWith('{}', { 'content-length': '100000' });
    await expect(readJsonBody(announced, predictionForm, limits)).rejects.toThrow(/larger than/);
  });

  test('that breaks off is upload_missing', async () => {
    const message = new IncomingMessage(new Socket());
    message.push('{"image":');
    setImmediate(() => message.destroy());
    await expect(readJsonBody(message, predictionForm, limits)).rejects.toMatchObject({
      code: 'upload_missing',
    });
  });
});
