import { connect } from 'node:net';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { postForm, predict, toAnswer } from '../support/ask.ts';
import { pictureThat, plainPicture, sampleScene } from '../support/pictures.ts';
import { makeModelsFolder, type ModelsFolder } from '../support/scripted-models.ts';
import { startStack, type Stack } from '../support/stack.ts';
import { waitFor } from '../support/wait-for.ts';
import { ExchangeStore, connectConsumer } from '../../packages/shared/src/redis/index.ts';
import { canceledResult, keysOf } from '../../packages/shared/src/contract/index.ts';

let models: ModelsFolder;
let stack: Stack;
let picture: Buffer;

beforeAll(async () => {
  models = await makeModelsFolder();
  await models.add('scripted', 'aliases: [old_queue_name]\n');
  stack = await startStack({
    models: ['scripted'],
    modelsDir: models.dir,
    env: {
      SHOAL_UPLOAD_BYTES_MAX: '200000',
      SHOAL_UPLOAD_TIMEOUT_MS: '1000',
      SHOAL_IMAGE_PIXELS_MAX: '1000000',
    },
  });
  picture = await plainPicture([10, 20, 30]);
});

afterAll(async () => {
  await stack.stop();
  await models.remove();
});

/** The picture as a form with a field changed or added. */
const withField = (name: string, value: string) =>
  postForm(`${stack.url}/v1/predictions`, [
    ['model', 'scripted'],
    ['image', picture],
    [name, value],
  ]);

const postBody = async (type: string, body: string | Buffer, path = '/v1/predictions') =>
  toAnswer(
    await fetch(stack.url + path, {
      method: 'POST',
      headers: { 'content-type': type },
      body: body as NonNullable<RequestInit['body']>,
    }),
  );

describe('400', () => {
  test('a form without a picture is upload_missing, and the field is named', async () => {
    const answer = await postForm(`${stack.url}/v1/predictions`, [['model', 'scripted']]);
    expect(answer).toMatchObject({ status: 400, body: { error: { code: 'upload_missing' } } });
    expect(answer.body.error?.message).toContain('image');
  });

  test('an empty body and an empty part are upload_missing', async () => {
    const bare = await postBody('image/png', '', '/v1/predictions?model=scripted');
    expect(bare).toMatchObject({ status: 400, body: { error: { code: 'upload_missing' } } });
    const form = await postForm(`${stack.url}/predictor`, [
      ['model_type', 'scripted'],
      ['file', new Uint8Array()],
    ]);
    expect(form).toMatchObject({ status: 400, body: { success: false, error: { code: 'upload_missing' } } });
  });

  test('options outside their range are all named at once, with what came', async () => {
    const answer = await postForm(`${stack.url}/v1/predictions`, [
      ['model', 'scripted'],
      ['minScore', '7'],
      ['maxDetections', 'many'],
      ['image', picture],
    ]);
    expect(answer).toMatchObject({ status: 400, body: { error: { code: 'options_invalid' } } });
    expect(answer.body.error?.message).toMatch(/minScore.*7.*maxDetections.*"many"/);
  });

  test('an option that does not exist and a class that does not exist are options_invalid', async () => {
    expect((await withField('minscore', '0.5')).body.error).toMatchObject({
      code: 'options_invalid',
      message: expect.stringContaining('minscore') as string,
    });
    expect((await withField('classes', 'circle,hexagon')).body.error).toMatchObject({
      code: 'options_invalid',
      message: expect.stringMatching(/hexagon.*circle, square, triangle/) as string,
    });
  });

  test.each([
    ['a missing model', 'image/png', 'x'],
    ['JSON that is none', 'application/json', '{"model":'],
    ['a JSON list', 'application/json', '[]'],
    ['base64 that is none', 'application/json', '{"model":"scripted","image":"/etc/passwd?"}'],
    ['a form without a boundary', 'multipart/form-data', 'x'],
    [
      'a form that ends in the middle',
      'multipart/form-data; boundary=b',
      '--b\r\nContent-Disposition: form-data; name="model"\r\n\r\nscr',
    ],
  ])('%s is options_invalid', async (_what, type, body) => {
    const answer = await postBody(type, type === 'image/png' ? picture : body);
    expect(answer).toMatchObject({ status: 400, body: { error: { code: 'options_invalid' } } });
  });
});

describe('404 and 405', () => {
  test.each(['/v1/models/%zz', `/v1/models/${'x'.repeat(150)}`])(
    'an address that cannot be read is options_invalid: %s',
    async (path) => {
      const answer = await toAnswer(await fetch(stack.url + path));
      expect(answer).toMatchObject({ status: 400, body: { error: { code: 'options_invalid' } } });
      expect(answer.headers.get('x-request-id')).toMatch(/^[0-9a-f-]{36}$/);
    },
  );

  test('an unknown model is model_unknown, with the names that exist', async () => {
    const answer = await predict(stack.url, 'scriptd', picture);
    expect(answer).toMatchObject({ status: 404, body: { error: { code: 'model_unknown' } } });
    expect(answer.body.error?.message).toMatch(/scripted, old_queue_name/);
    const one = await toAnswer(await fetch(`${stack.url}/v1/models/scriptd`));
    expect(one).toMatchObject({ status: 404, body: { error: { code: 'model_unknown' } } });
  });

  test('a model name is never part of a Redis key: a malicious one is only unknown', async () => {
    const answer = await predict(stack.url, '../{shoal}:result:*', picture);
    expect(answer.body.error?.code).toBe('model_unknown');
  });

  test('an address that does not exist, and a method that an address does not take', async () => {
    expect(await toAnswer(await fetch(`${stack.url}/v2/predictions`))).toMatchObject({
      status: 404,
      body: { error: { code: 'route_unknown' } },
    });
    const wrong = await toAnswer(await fetch(`${stack.url}/v1/predictions`));
    expect(wrong).toMatchObject({ status: 405, body: { error: { code: 'method_not_allowed' } } });
    expect(wrong.headers.get('allow')).toBe('POST');
  });
});

describe('408, 413, 415, 422', () => {
  test('a body that does not arrive is upload_timeout, and the connection is closed', async () => {
    const { port } = new URL(stack.url);
    const socket = connect(Number(port), '127.0.0.1');
    let text = '';
    socket.on('data', (chunk) => (text += chunk.toString()));
    socket.write(
      'POST /v1/predictions?model=scripted HTTP/1.1\r\nHost: x\r\nContent-Type: image/png\r\nContent-Length: 1000\r\n\r\nabc',
    );
    await new Promise((resolve) => socket.once('close', resolve));
    expect(text).toMatch(/^HTTP\/1\.1 408 /);
    expect(text).toContain('"code":"upload_timeout"');
  });

  test.each([
    [200_000, 415, 'media_type_unsupported'],
    [200_001, 413, 'upload_too_large'],
  ])(
    'of %i bytes, where 200000 are allowed, is %i %s in each of the three forms',
    async (size, status, code) => {
      // No picture, so that what is small enough is refused for that.
      const bytes = Buffer.alloc(size, 1);
      const form = await postForm(`${stack.url}/predictor`, [
        ['model_type', 'scripted'],
        ['file', bytes],
      ]);
      expect(form).toMatchObject({ status, body: { success: false, error: { code } } });
      const json = JSON.stringify({ model: 'scripted', image: bytes.toString('base64') });
      for (const answer of [
        await predict(stack.url, 'scripted', bytes),
        await postBody('application/json', json),
      ]) {
        expect(answer).toMatchObject({ status, body: { error: { code } } });
      }
    },
  );

  test('what is no admitted picture is media_type_unsupported, whatever the client calls it', async () => {
    const svg = '<svg xmlns="http://www.w3.org/2000/svg" width="9" height="9"/>';
    expect(await postBody('image/png', svg, '/v1/predictions?model=scripted')).toMatchObject({
      status: 415,
      body: { error: { code: 'media_type_unsupported' } },
    });
  });

  test('a picture that ends too early is image_undecodable', async () => {
    const scene = await sampleScene();
    const answer = await predict(stack.url, 'scripted', scene.subarray(0, scene.length >> 1));
    expect(answer).toMatchObject({
      status: 422,
      body: { status: 'failed', error: { code: 'image_undecodable' } },
    });
    expect(answer.body.id).toMatch(/^[0-9a-f-]{36}$/);
  });

  test('a picture of too many pixels is image_too_large', async () => {
    const answer = await predict(stack.url, 'scripted', await plainPicture([1, 2, 3], 1_001));
    expect(answer).toMatchObject({ status: 422, body: { error: { code: 'image_too_large' } } });
  });
});

describe('409, 500', () => {
  test('a prediction that somebody cancels is canceled for the one who waits', async () => {
    const redis = connectConsumer(stack.redis.url);
    const exchange = new ExchangeStore(redis, keysOf('shoal'));
    const waiting = predict(stack.url, 'scripted', await pictureThat('takesLong'));
    const id = await waitFor('the upload', async () => {
      const [key] = await redis.keys('{shoal}:upload:*');
      return key?.split(':').at(-1);
    });
    const look = await exchange.look(id);
    const job = look?.kind === 'open' ? look.open.job : undefined;
    await exchange.publishResult(canceledResult(id, 'somebody canceled it'), job!);
    expect(await waiting).toMatchObject({
      status: 409,
      body: { id, status: 'canceled', error: { code: 'canceled' } },
    });
    redis.disconnect();
  });

  test('an adapter that throws is model_failed, and the next picture is served', async () => {
    const answer = await predict(stack.url, 'scripted', await pictureThat('throws'));
    expect(answer).toMatchObject({
      status: 500,
      body: { status: 'failed', error: { code: 'model_failed' } },
    });
    expect(answer.body.error?.message).not.toContain('script');
    expect((await predict(stack.url, 'scripted', picture)).status).toBe(200);
  });
});

test('what is no HTTP at all is told so in the form of every error', async () => {
  const socket = connect(Number(new URL(stack.url).port), '127.0.0.1');
  let text = '';
  socket.on('data', (chunk) => (text += chunk.toString()));
  socket.write('this is no request\r\n\r\n');
  await new Promise((resolve) => socket.once('close', resolve));
  expect(text).toMatch(/^HTTP\/1\.1 400 /);
  expect(text).toContain('"error":{"code":"options_invalid"');
  expect(text).toMatch(/^x-request-id: [0-9a-f-]{36}\r$/m);
});

test('a field of an old client that is called like something built in is ignored as any other', async () => {
  const answer = await postForm(`${stack.url}/predictor?toString=x&constructor=y`, [
    ['model_type', 'scripted'],
    ['file', picture],
  ]);
  expect(answer).toMatchObject({ status: 200, body: { success: true } });
});

test('every answer has a request id, the caller’s own where it is sane', async () => {
  const own = await fetch(`${stack.url}/livez`, { headers: { 'x-request-id': 'ship-7:42' } });
  expect(own.headers.get('x-request-id')).toBe('ship-7:42');
  const odd = await fetch(`${stack.url}/nothing`, { headers: { 'x-request-id': 'a b<script>' } });
  expect(odd.headers.get('x-request-id')).toMatch(/^[0-9a-f-]{36}$/);
});
