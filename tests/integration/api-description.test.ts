/** What a real gateway answers is what the API's description says, to the field; each route, and errors of every kind. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { ApiDescription, Method } from '../../apps/gateway/src/api-description/openapi.ts';
import { addKey } from '../support/add-key.ts';
import { AnswerSchemas } from '../support/answer-schemas.ts';
import { pictureThat, plainPicture, sampleScene } from '../support/pictures.ts';
import { makeModelsFolder, type ModelsFolder } from '../support/scripted-models.ts';
import { startStack, type Stack } from '../support/stack.ts';

let models: ModelsFolder;
let stack: Stack;
let api: ApiDescription;
let schemas: AnswerSchemas;
let scene: Buffer;
const seen = new Set<string>();

beforeAll(async () => {
  models = await makeModelsFolder();
  await models.add('scripted', 'aliases: [image_queue_yolov5]\n');
  stack = await startStack({
    models: ['scripted'],
    modelsDir: models.dir,
    env: { SHOAL_UPLOAD_BYTES_MAX: '200000', SHOAL_IMAGE_PIXELS_MAX: '1000000' },
  });
  api = (await (await fetch(`${stack.url}/openapi.json`)).json()) as ApiDescription;
  schemas = new AnswerSchemas(api);
  scene = await sampleScene();
});

afterAll(async () => {
  await stack.stop();
  await models.remove();
});

interface Call {
  readonly url?: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: FormData | Uint8Array | string;
  readonly signal?: AbortSignal;
}

/** Asks, and holds the answer against the description of the route. */
async function ask(
  method: Method,
  route: string,
  address: string,
  { url = stack.url, headers = {}, body, signal }: Call = {},
): Promise<{ status: number; headers: Headers; json: Record<string, unknown>; text: string }> {
  const response = await fetch(url + address, {
    method: method.toUpperCase(),
    headers,
    ...(body !== undefined && { body: body as NonNullable<RequestInit['body']> }),
    ...(signal && { signal }),
  });
  const answer = { status: response.status, headers: response.headers, text: await response.text() };
  expect(schemas.problemsOfAnswer(method, route, answer)).toEqual([]);
  seen.add(`${method} ${route} ${answer.status}`);
  const isJson = response.headers.get('content-type')?.startsWith('application/json') === true;
  return { ...answer, json: isJson ? (JSON.parse(answer.text) as Record<string, unknown>) : {} };
}

const form = (fields: Readonly<Record<string, string>>, ...pictures: readonly Uint8Array[]): FormData => {
  const made = new FormData();
  for (const [name, value] of Object.entries(fields)) made.append(name, value);
  for (const picture of pictures) made.append('image', new Blob([new Uint8Array(picture)]), 'picture.jpg');
  return made;
};
const post = (body: Call['body'], headers: Call['headers'] = {}, query = '') =>
  ask('post', '/v1/predictions', `/v1/predictions${query}`, { body: body!, headers });

test('a prediction in each of the three forms', async () => {
  expect((await post(form({ model: 'scripted' }, scene))).status).toBe(200);
  const bare = { 'content-type': 'image/jpeg', 'idempotency-key': 'once' };
  expect((await post(scene, bare, '?model=scripted&minScore=0.5')).status).toBe(200);
  const again = await post(scene, bare, '?model=scripted&minScore=0.5');
  expect(again.headers.get('idempotent-replayed')).toBe('true');
  const broken = () =>
    post(scene.subarray(0, 9_000), { ...bare, 'idempotency-key': 'broken' }, '?model=scripted');
  expect((await broken()).status).toBe(422);
  expect((await broken()).headers.get('idempotent-replayed')).toBe('true');
  const json = JSON.stringify({
    model: 'scripted',
    image: scene.toString('base64'),
    classes: ['circle'],
    priority: 'high',
  });
  expect((await post(json, { 'content-type': 'application/json' })).status).toBe(200);
});

const mixedList = () =>
  form({ model: 'scripted' }, scene, Buffer.from('no picture'), scene.subarray(0, 9_000));

test('a list of pictures, of which one is none, waited for and not', async () => {
  const waited = await post(mixedList(), { prefer: 'wait=20' });
  expect(waited.status).toBe(200);
  expect(waited.headers.get('preference-applied')).toBe('wait=20');
  expect((await post(mixedList(), { prefer: 'respond-async' })).status).toBe(202);
});

test('a prediction that is fetched, followed and canceled', async () => {
  const accepted = await post(form({ model: 'scripted' }, await pictureThat('takesLong')), {
    prefer: 'respond-async',
  });
  expect(accepted.status).toBe(202);
  expect(accepted.headers.get('location')).toBe(`/v1/predictions/${String(accepted.json['id'])}`);
  const address = accepted.headers.get('location')!;
  const route = '/v1/predictions/{id}';
  expect((await ask('get', route, address)).status).toBe(202);
  const events = await ask('get', `${route}/events`, `${address}/events`);
  const told = [...events.text.matchAll(/^event: (\w+)\ndata: (.+)$/gm)];
  expect(told.map(([, name]) => name)).toEqual(expect.arrayContaining(['state', 'result']));
  for (const [, name = '', data = ''] of told) {
    const schema = { state: 'OpenPrediction', result: 'FinalPrediction' }[name]!;
    const found = schemas.problemsOf({ $ref: `#/components/schemas/${schema}` }, JSON.parse(data));
    expect(found).toEqual([]);
  }
  expect((await ask('get', route, address, { headers: { prefer: 'wait=5' } })).json['status']).toBe(
    'succeeded',
  );
  const other = await post(form({ model: 'scripted' }, await pictureThat('takesLong')), {
    prefer: 'respond-async',
  });
  const canceled = await ask('delete', route, other.headers.get('location')!);
  expect(canceled.json['status']).toBe('canceled');
  const failed = await post(form({ model: 'scripted' }, scene.subarray(0, 9_000)), {
    prefer: 'respond-async',
  });
  const end = await ask('get', route, failed.headers.get('location')!, { headers: { prefer: 'wait=5' } });
  expect(end.json['status']).toBe('failed');
});

function legacy(fields: Readonly<Record<string, string>>, picture?: Uint8Array): ReturnType<typeof ask> {
  const body = form(fields);
  if (picture) body.append('file', new Blob([new Uint8Array(picture)]), 'a.jpg');
  return ask('post', '/predictor', '/predictor/', { body });
}

test('the form of the older server', async () => {
  expect((await legacy({ model_type: 'image_queue_yolov5' }, scene)).status).toBe(200);
  expect((await legacy({ model_type: 'image_queue_yolov5' })).status).toBe(400);
  expect((await legacy({ model_type: 'nothing' }, scene)).status).toBe(404);
  expect((await legacy({ model_type: 'scripted' }, scene.subarray(0, 9_000))).status).toBe(422);
  expect((await legacy({ model_type: 'scripted' }, await pictureThat('throws'))).status).toBe(500);
});

test('models, health and the description itself', async () => {
  expect((await ask('get', '/v1/models', '/v1/models')).status).toBe(200);
  expect((await ask('get', '/v1/models/{name}', '/v1/models/image_queue_yolov5')).status).toBe(200);
  expect((await ask('get', '/v1/models/{name}', '/v1/models/nothing')).status).toBe(404);
  expect((await ask('get', '/v1/models/{name}', '/v1/models/%zz')).status).toBe(400);
  for (const route of ['/livez', '/readyz', '/openapi.json', '/docs']) {
    expect((await ask('get', route, route)).status).toBe(200);
  }
  // Where it is not built, it is not there.
  expect([200, 404]).toContain((await ask('get', '/shoal.mjs', '/shoal.mjs')).status);
});

test('what is wrong with a request', async () => {
  const unknown = '/v1/predictions/01a1f93c-89d6-7502-8ce3-368aebdb0ca3';
  const route = '/v1/predictions/{id}';
  expect((await ask('get', route, unknown)).status).toBe(404);
  expect((await ask('delete', route, unknown)).status).toBe(404);
  expect((await ask('get', `${route}/events`, `${unknown}/events`)).status).toBe(404);
  expect((await ask('get', route, '/v1/predictions/%zz')).status).toBe(400);
  expect((await post(form({ model: 'scripted' }))).status).toBe(400);
  expect((await post(form({ model: 'scripted', minScore: '7' }, scene))).status).toBe(400);
  expect((await post(form({ model: 'nothing' }, scene))).status).toBe(404);
  expect((await post(form({ model: 'scripted' }, Buffer.alloc(200_001, 1)))).status).toBe(413);
  expect((await post(form({ model: 'scripted' }, Buffer.alloc(20, 1)))).status).toBe(415);
  expect((await post(form({ model: 'scripted' }, scene.subarray(0, 9_000)))).status).toBe(422);
  expect((await post(form({ model: 'scripted' }, await plainPicture([1, 2, 3], 1_001)))).status).toBe(422);
  const key = { 'idempotency-key': 'one-for-two' };
  await post(form({ model: 'scripted' }, scene), key);
  expect((await post(form({ model: 'scripted', minScore: '0.9' }, scene), key)).status).toBe(422);
  expect((await post(form({ model: 'scripted' }, await pictureThat('throws')))).status).toBe(500);
});

test('a key that is missing, a quota that is used up, a deadline that passes and a queue that is full', async () => {
  const folder = await mkdtemp(path.join(tmpdir(), 'shoal-keys-'));
  const file = path.join(folder, 'keys');
  await addKey('ship', file);
  const keyed = await stack.startGateway({ SHOAL_API_KEYS_FILE: file });
  for (const [method, route] of [
    ['get', '/v1/models'],
    ['post', '/v1/predictions'],
    ['post', '/predictor'],
  ] as const) {
    expect((await ask(method, route, route, { url: keyed.url })).status).toBe(401);
  }
  await keyed.gateway.kill();
  await rm(folder, { recursive: true });

  const quota = await stack.startGateway({ SHOAL_RATE_LIMIT_PER_MINUTE: '1' });
  const body = () => form({ model: 'scripted' }, scene);
  const address = '/v1/predictions';
  const counted = await ask('post', address, address, { url: quota.url, body: body() });
  expect(counted.headers.get('ratelimit-limit')).toBe('1');
  expect((await ask('post', address, address, { url: quota.url, body: body() })).status).toBe(429);
  await quota.gateway.kill();

  const late = await post(form({ model: 'scripted', deadlineMs: '150' }, await pictureThat('takesLong')));
  expect(late.status).toBe(504);

  const full = await stack.startGateway({ SHOAL_MODEL_JOBS_MAX: '1' });
  const slow = form({ model: 'scripted' }, await pictureThat('takesLong'));
  await ask('post', address, address, { url: full.url, body: slow, headers: { prefer: 'respond-async' } });
  const refused = await ask('post', address, address, { url: full.url, body: body() });
  expect(refused.status).toBe(503);
  expect(refused.headers.get('retry-after')).toMatch(/^\d+$/);
  await full.gateway.kill();
});

test('all this was seen: each route, and of predictions nearly every status', () => {
  const described = [...seen].map((one) => one.split(' ').slice(0, 2).join(' '));
  const routes = Object.entries(api.paths).flatMap(([route, item]) =>
    Object.keys(item).map((method) => `${method} ${route}`),
  );
  expect([...new Set(described)].toSorted()).toEqual(routes.toSorted());
  const ofPredict = [...seen]
    .filter((one) => one.startsWith('post /v1/predictions '))
    .map((one) => Number(one.split(' ')[2]));
  expect(ofPredict.toSorted((a, b) => a - b)).toEqual([
    200, 202, 400, 401, 404, 413, 415, 422, 429, 500, 503, 504,
  ]);
});
