/** `/v1`: three ways to send a picture, options, what is told of models, and what is left in Redis afterwards. */
import { afterAll, beforeAll, expect, test } from 'vitest';
import { postForm, predict, toAnswer } from '../support/ask.ts';
import { sampleScene } from '../support/pictures.ts';
import { startStack, type Stack } from '../support/stack.ts';
import { queueEventsKept } from '../../packages/shared/src/contract/index.ts';
import { connectConsumer } from '../../packages/shared/src/redis/index.ts';

let stack: Stack;
let scene: Buffer;

beforeAll(async () => {
  stack = await startStack({ models: ['demo-yolo', 'demo-detectron'] });
  scene = await sampleScene();
});

afterAll(() => stack.stop());

test.each(['demo-yolo', 'demo-detectron'])(
  '%s: form, bare body and both kinds of JSON give the same boxes',
  async (model) => {
    const base64 = scene.toString('base64');
    const json = async (image: string) =>
      toAnswer(
        await fetch(`${stack.url}/v1/predictions`, {
          method: 'POST',
          headers: { 'content-type': 'application/json' },
          body: JSON.stringify({ model, image }),
        }),
      );
    const answers = [
      await predict(stack.url, model, scene),
      await postForm(`${stack.url}/v1/predictions`, [
        ['image', scene],
        ['model', model],
      ]),
      await json(base64),
      await json(`data:image/jpeg;base64,${base64}`),
    ];
    const [first] = answers;
    expect(first).toMatchObject({
      status: 200,
      body: {
        status: 'succeeded',
        task: 'detection',
        model: { name: model, version: expect.stringMatching(/^[0-9a-f]{12}$/) as string },
        device: 'cpu',
        image: { width: 640, height: 512 },
        timings: { queueMs: expect.any(Number) as number, totalMs: expect.any(Number) as number },
      },
    });
    expect(Object.keys(first!.body)).toEqual([
      'id',
      'status',
      'task',
      'model',
      'device',
      'image',
      'detections',
      'timings',
    ]);
    expect(first!.headers.get('x-prediction-id')).toBe(first!.body.id);
    expect(first!.body.detections!.length).toBeGreaterThan(1);
    for (const { body } of answers) expect(body.detections).toEqual(first!.body.detections);
    expect(new Set(answers.map(({ body }) => body.id)).size).toBe(answers.length);
  },
);

test('options narrow what is found', async () => {
  const all = (await predict(stack.url, 'demo-yolo', scene, { query: { minScore: '0.1' } })).body.detections!;
  const minScore = (all[0]!.score + all.at(-1)!.score) / 2;
  const sure = await predict(stack.url, 'demo-yolo', scene, { query: { minScore: String(minScore) } });
  expect(sure.body.detections).toEqual(all.filter(({ score }) => score >= minScore));
  expect(sure.body.detections!.length).toBeLessThan(all.length);
  const one = await predict(stack.url, 'demo-yolo', scene, {
    query: { minScore: '0.1', maxDetections: '1' },
  });
  expect(one.body.detections).toEqual(all.slice(0, 1));
  const label = all[0]!.label;
  const only = await predict(stack.url, 'demo-yolo', scene, { query: { classes: label } });
  expect(new Set(only.body.detections!.map((detection) => detection.label))).toEqual(new Set([label]));
});

test('the models are listed with state, labels, workers and queue', async () => {
  const { body } = await toAnswer(await fetch(`${stack.url}/v1/models`));
  expect((body['models'] as { name: string }[]).map(({ name }) => name)).toEqual([
    'demo-detectron',
    'demo-yolo',
  ]);
  const one = await toAnswer(await fetch(`${stack.url}/v1/models/demo-yolo`));
  expect(one).toMatchObject({
    status: 200,
    body: {
      name: 'demo-yolo',
      aliases: [],
      task: 'detection',
      labels: ['circle', 'square', 'triangle'],
      defaults: { minScore: 0.25 },
      state: 'ready',
      workers: [{ device: 'cpu', state: 'ready' }],
      queue: { waiting: 0, active: 0, oldestMs: 0 },
    },
  });
});

test('the API description names every route and is made of their schemas', async () => {
  const { body } = await toAnswer(await fetch(`${stack.url}/openapi.json`));
  expect(Object.keys(body['paths'] as object).sort()).toEqual([
    '/docs',
    '/livez',
    '/openapi.json',
    '/predictor',
    '/readyz',
    '/shoal.mjs',
    '/v1/models',
    '/v1/models/{name}',
    '/v1/predictions',
    '/v1/predictions/{id}',
    '/v1/predictions/{id}/events',
  ]);
  expect(JSON.stringify(body['paths'])).toContain('maxDetections');
});

test('after the answers nothing of the pictures is left, and every key of ours ends by itself', async () => {
  const answers = await Promise.all(Array.from({ length: 20 }, () => predict(stack.url, 'demo-yolo', scene)));
  expect(answers.map(({ status }) => status)).toEqual(answers.map(() => 200));
  const redis = connectConsumer(stack.redis.url);
  const keys = await redis.keys('*');
  expect(keys.filter((key) => !key.startsWith('{shoal}:'))).toEqual([]);
  expect(keys.filter((key) => /:(upload|started):/.test(key))).toEqual([]);
  expect(await redis.hgetall('{shoal}:ledger:totals')).toMatchObject({ jobs: '0', bytes: '0' });
  for (const key of keys.filter((name) => !name.startsWith('{shoal}:queue:'))) {
    expect([key, await redis.pttl(key)]).toEqual([key, expect.toSatisfy((ttl: number) => ttl > 0)]);
  }
  // BullMQ's own keys must not expire; what it keeps of finished jobs is bounded.
  expect(keys.filter((key) => /:queue:demo-yolo:[0-9a-f-]{36}/.test(key))).toEqual([]);
  expect(await redis.hget('{shoal}:queue:demo-yolo:meta', 'opts.maxLenEvents')).toBe(String(queueEventsKept));
  redis.disconnect();
});
