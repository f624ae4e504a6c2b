/** Many pictures in one request: one prediction each, in order, and a bad one fails alone. */
import { afterAll, beforeAll, expect, test } from 'vitest';
import { lookAt, postForm, toAnswer, type Answer } from '../support/ask.ts';
import { plainPicture } from '../support/pictures.ts';
import { makeModelsFolder, type ModelsFolder } from '../support/scripted-models.ts';
import { startStack, type Stack } from '../support/stack.ts';

let stack: Stack;
let models: ModelsFolder;

beforeAll(async () => {
  models = await makeModelsFolder();
  await models.add('scripted');
  const env = {
    SHOAL_REQUEST_PICTURES_MAX: '6',
    SHOAL_UPLOAD_BYTES_MAX: '20000',
    SHOAL_REQUEST_BYTES_MAX: '60000',
  };
  stack = await startStack({ models: ['scripted'], modelsDir: models.dir, env });
}, 60_000);
afterAll(async () => {
  await stack?.stop();
  await models?.remove();
});

type Entry = Answer['body'];
const entriesOf = (answer: Answer): Entry[] => answer.body['predictions'] as Entry[];
const codeOf = ({ body }: Answer) => body.error?.code;
const sizes = [31, 32, 33];
const pictures = () => Promise.all(sizes.map((size) => plainPicture([1, 2, 3], size)));

function postJson(image: unknown, headers: Record<string, string> = {}): Promise<Answer> {
  return fetch(`${stack.url}/v1/predictions`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', ...headers },
    body: JSON.stringify({ model: 'scripted', image }),
  }).then(toAnswer);
}

test('parts of a form and a list in JSON are answered in order', async () => {
  const parts = (await pictures()).map((picture) => ['image', picture] as const);
  const form = await postForm(`${stack.url}/v1/predictions`, [['model', 'scripted'], ...parts]);
  const list = await postJson((await pictures()).map((picture) => picture.toString('base64')));
  for (const answer of [form, list]) {
    expect(answer.status).toBe(200);
    expect(entriesOf(answer)).toMatchObject(
      sizes.map((size) => ({ status: 'succeeded', image: { width: size, height: size } })),
    );
    expect(new Set(entriesOf(answer).map(({ id }) => id)).size).toBe(3);
  }
});

test('a list of one is a list, and a single picture is none', async () => {
  const [picture] = await pictures();
  expect(entriesOf(await postJson([picture!.toString('base64')]))).toHaveLength(1);
  expect((await postJson(picture!.toString('base64'))).body).toMatchObject({ status: 'succeeded' });
});

test('whatever is wrong with one picture, the others have their results', async () => {
  const [good, other] = await pictures();
  const form = await postForm(`${stack.url}/v1/predictions`, [
    ['image', good!],
    ['image', Buffer.from('not a picture')],
    ['image', Buffer.alloc(0)],
    ['image', Buffer.concat([Buffer.from([0xff, 0xd8, 0xff]), Buffer.alloc(100)])],
    ['image', Buffer.alloc(20_001, 7)],
    ['image', other!],
    ['model', 'scripted'],
  ]);
  expect(form.status).toBe(200);
  expect(entriesOf(form).map(({ status, error }) => error?.code ?? status)).toEqual([
    'succeeded',
    'media_type_unsupported',
    'upload_missing',
    'image_undecodable',
    'upload_too_large',
    'succeeded',
  ]);
  const json = await postJson(['***', good!.toString('base64'), 7]);
  expect(entriesOf(json).map(({ status, error }) => error?.code ?? status)).toEqual([
    'options_invalid',
    'succeeded',
    'options_invalid',
  ]);
  expect(entriesOf(json)[0]?.error?.message).toContain('image[0]');
});

test('what holds for the whole request refuses the whole request', async () => {
  const base64 = (await pictures())[0]!.toString('base64');
  expect(codeOf(await postJson([]))).toBe('upload_missing');
  expect(codeOf(await postJson(Array.from({ length: 7 }, () => base64)))).toBe('options_invalid');
  const large = Buffer.alloc(19_000, 7).toString('base64');
  expect(codeOf(await postJson([large, large, large, large]))).toBe('upload_too_large');
  const parts = Array.from({ length: 7 }, () => ['image', Buffer.alloc(10)] as const);
  const form = await postForm(`${stack.url}/v1/predictions`, [['model', 'scripted'], ...parts]);
  expect(codeOf(form)).toBe('options_invalid');
  const unknown = await postForm(`${stack.url}/v1/predictions`, [['model', 'none'], ...parts.slice(0, 2)]);
  expect(codeOf(unknown)).toBe('model_unknown');
});

test('accepted at once, each has its own address; with a key, each is its own prediction once', async () => {
  const images = (await pictures()).map((picture) => picture.toString('base64'));
  const headers = { prefer: 'respond-async', 'idempotency-key': 'list' };
  const accepted = await postJson(images, headers);
  expect(accepted.status).toBe(202);
  const ids = entriesOf(accepted).map(({ id }) => id!);
  const answers = await Promise.all(ids.map((id) => lookAt(stack.url, id, 20)));
  expect(answers.map(({ body }) => body.image?.width)).toEqual(sizes);
  const again = await postJson(images, headers);
  expect(again.status).toBe(200);
  expect(entriesOf(again).map(({ id }) => id)).toEqual(ids);
});

test('the old address takes one picture, as ever', async () => {
  const [picture, second] = await pictures();
  const answer = await postForm(`${stack.url}/predictor`, [
    ['model_type', 'scripted'],
    ['file', picture!],
    ['file', second!],
  ]);
  expect(answer).toMatchObject({ status: 400, body: { success: false, error: { code: 'options_invalid' } } });
});
