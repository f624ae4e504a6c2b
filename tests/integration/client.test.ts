/** The client against the whole system: what dies, refuses or is away on the way, and that nothing is lost or done twice. */
import { expect, onTestFinished, test } from 'vitest';
import {
  ShoalClient,
  type Clock,
  type LazyImage,
  type PredictionState,
  type ShoalClientOptions,
} from '../../packages/client/src/index.ts';
import { fileImage } from '../../packages/client/src/node.ts';
import { systemClock } from '../../packages/client/src/clock.ts';
import { freePort } from '../../scripts/redis/ports.ts';
import { pictureThat, plainPicture } from '../support/pictures.ts';
import { lookInto, startScriptedStack } from '../support/scripted-stack.ts';
import { startStack, type Stack } from '../support/stack.ts';
import { waitFor } from '../support/wait-for.ts';

const model = 'scripted';
const scene = fileImage('examples/scene_2033_0_640x512.jpg');
/** Short pauses, so that a test does not wait for what it is not about. */
const soon = { backoffMs: { first: 50, max: 200 } };

function clientOf(url: string, options: Partial<ShoalClientOptions> = {}): ShoalClient {
  const client = new ShoalClient({ url, ...soon, ...options });
  onTestFinished(() => client.close());
  return client;
}

/** Pictures of different colours: each is a prediction of its own. */
function distinct(count: number): LazyImage[] {
  return Array.from({ length: count }, (_, index) => ({
    name: `picture-${index}`,
    open: () => plainPicture([index % 200, Math.floor(index / 200), 40]),
  }));
}

/** The ids of what the worker has answered, one for each time that it did. Ends it, so that nothing is still to be told. */
async function answeredBy({ workers }: Stack, countMin: number): Promise<unknown[]> {
  const [worker] = workers;
  const ids = (): unknown[] => worker!.log.filter(({ msg }) => msg === 'answered').map(({ id }) => id);
  await waitFor(`${countMin} answers in the log`, () => ids().length >= countMin);
  worker!.signal('SIGTERM');
  await worker!.ended();
  return ids();
}

async function statusOf(stack: Stack, id: string): Promise<string> {
  return (await clientOf(stack.url).get(id)).status;
}

test('every call, as a program makes them', async () => {
  const stack = await startStack({ models: ['demo-yolo'] });
  onTestFinished(() => stack.stop());
  const client = clientOf(stack.url);
  const options = { model: 'demo-yolo', minScore: 0.5, classes: ['circle', 'square'] };

  expect((await client.models()).map(({ name, state }) => [name, state])).toEqual([['demo-yolo', 'ready']]);
  expect((await client.model('demo-yolo')).labels).toEqual(['circle', 'square', 'triangle']);
  await expect(client.model('demo-yola')).rejects.toMatchObject({ code: 'model_unknown', status: 404 });

  const prediction = await client.predict(scene, options);
  expect(prediction).toMatchObject({ status: 'succeeded', image: { width: 640, height: 512 } });
  expect(prediction.detections.length).toBeGreaterThan(0);
  for (const { label, score } of prediction.detections) {
    expect(options.classes).toContain(label);
    expect(score).toBeGreaterThanOrEqual(0.5);
  }

  const idempotencyKey = 'reef-7';
  const submitted = await client.submit(scene, { ...options, idempotencyKey, priority: 'low' });
  const states: PredictionState[] = [];
  for await (const event of client.events(submitted.id)) {
    states.push(event.type === 'state' ? event.state : event.result);
  }
  const answer = await client.wait(submitted.id);
  expect(states.at(-1)).toEqual(answer);
  expect(answer.detections).toEqual(prediction.detections);
  expect(await client.get(submitted.id)).toEqual(answer);
  expect(await client.cancel(submitted.id)).toEqual(answer);
  expect(await client.submit(scene, { ...options, idempotencyKey })).toEqual(answer);
  await expect(client.predict(scene, { ...options, idempotencyKey, minScore: 0.6 })).rejects.toMatchObject({
    code: 'idempotency_key_reused',
    status: 422,
  });
  await expect(client.predict(new Uint8Array([1, 2, 3]), options)).rejects.toMatchObject({
    code: 'media_type_unsupported',
    requestId: expect.stringMatching(/./) as string,
  });
  const unknown = '0199aaaa-0000-7000-8000-000000000000';
  await expect(client.wait(unknown)).rejects.toMatchObject({
    code: 'prediction_unknown',
    predictionId: unknown,
  });
});

test('of many pictures each has its own answer or its own error, in order or as they complete', async () => {
  const stack = await startScriptedStack();
  const client = clientOf(stack.url);
  const slow = await pictureThat('takesLong');
  const images = [
    slow,
    new Uint8Array([0xff, 0xd8, 0xff]),
    ...distinct(6),
    fileImage('examples/nowhere.jpg'),
  ];
  for (const ordered of [true, false]) {
    const indices: number[] = [];
    const codes = new Map<number, unknown>();
    for await (const { index, input, error } of client.map(images, {
      model,
      returnExceptions: true,
      ordered,
    })) {
      expect(input).toBe(images[index]);
      indices.push(index);
      if (error !== undefined) codes.set(index, error.code);
    }
    expect([...codes]).toEqual(
      expect.arrayContaining([
        [1, 'image_undecodable'],
        [8, 'image_unreadable'],
      ]),
    );
    expect(codes.size).toBe(2);
    expect(ordered ? indices : indices.toSorted((a, b) => a - b)).toEqual([...images.keys()]);
  }
});

test('a gateway that is killed and comes back in the middle: every picture has its answer, and none was predicted twice', async () => {
  const stack = await startScriptedStack();
  const port = new URL(stack.url).port;
  const client = clientOf(stack.url);
  const images = distinct(120);
  const answers = new Map<number, string>();
  let { gateway } = stack;
  for await (const { index, prediction } of client.map(images, { model, concurrency: 12 })) {
    expect(answers.has(index)).toBe(false);
    answers.set(index, prediction.id);
    if (index === 30 || index === 70) {
      const { retried } = client.statistics;
      await gateway.kill();
      await waitFor('requests that find nobody', () => client.statistics.retried > retried + 5);
      ({ gateway } = await stack.startGateway({ PORT: port }));
    }
  }
  expect([...answers.keys()]).toEqual([...images.keys()]);
  expect(new Set(answers.values()).size).toBe(images.length);
  const computed = await answeredBy(stack, images.length);
  expect(computed).toHaveLength(images.length);
  expect(new Set(computed)).toEqual(new Set(answers.values()));
  expect(client.statistics).toMatchObject({ sent: 120, succeeded: 120, failed: 0 });
});

test('a gateway that dies with an accepted picture: its answer is fetched at the next one', async () => {
  const stack = await startScriptedStack();
  const other = await stack.startGateway();
  let url = stack.url;
  // As behind a front door.
  const through = (address: string, init: RequestInit) => fetch(address.replace(stack.url, url), init);
  const client = clientOf(stack.url, { fetch: through });
  const predicted = client.predict(await pictureThat('takesLong'), { model });
  const redis = lookInto(stack);
  await waitFor('the row', async () => (await redis.hlen('{shoal}:ledger:rows')) === 1);
  url = other.url;
  await stack.gateway.kill();
  expect((await predicted).status).toBe('succeeded');
  expect(await answeredBy(stack, 1)).toHaveLength(1);
});

/** The real clock, but for pauses of more than a second, which are only told. */
function withoutLongPauses(onPause: (ms: number) => Promise<unknown>): Clock {
  return {
    ...systemClock,
    async sleep(ms, signal) {
      // Time limits of requests are longer still.
      if (ms > 1_000 && ms < 90_000 && ms !== 15_000) await onPause(ms);
      else await systemClock.sleep(ms, signal);
    },
  };
}

test('a server that says when to come again is obeyed: 429 by quota, 503 by a model that is away', async () => {
  const stack = await startScriptedStack({
    env: { SHOAL_RATE_LIMIT_PER_MINUTE: '3', SHOAL_MODEL_GRACE_MS: '100' },
  });
  const redis = lookInto(stack);
  const image = await plainPicture([1, 2, 3]);
  const pauses: number[] = [];
  const clock = withoutLongPauses(async (ms) => {
    pauses.push(ms);
    // The minute is over.
    await redis.del(await redis.keys('{shoal}:rate:*'));
  });
  const told: unknown[] = [];
  const client = clientOf(stack.url, {
    clock,
    onRetry: ({ error }) => told.push([error.code, error.status]),
  });
  for (let count = 0; count < 4; count += 1) await client.predict(image, { model });
  expect(told).toEqual([['rate_limited', 429]]);
  expect(pauses).toHaveLength(1);
  expect(pauses[0]).toBeGreaterThan(10_000);

  await redis.del(await redis.keys('{shoal}:rate:*'));
  const hurried = clientOf(stack.url);
  for (let count = 0; count < 3; count += 1) await hurried.predict(image, { model });
  await expect(hurried.predict(image, { model, budgetMs: 5_000 })).rejects.toMatchObject({
    code: 'rate_limited',
    status: 429,
    retryAfterMs: expect.toSatisfy((ms: number) => ms > 5_000 && ms <= 60_000) as number,
  });
  expect(hurried.statistics.retried).toBe(0);

  await redis.del(await redis.keys('{shoal}:rate:*'));
  await stack.workers[0]!.kill();
  await stack.modelBecomes(model, 'away');
  const away: unknown[] = [];
  const patient = clientOf(stack.url, {
    onRetry: ({ error, delayMs }) => away.push([error.code, delayMs >= 2_000]),
  });
  await waitFor('the model to be unavailable', async () => {
    const attempt = patient.predict(image, { model, budgetMs: 1_500 });
    const code: unknown = await attempt.then(
      () => undefined,
      (error: { code?: unknown }) => error.code,
    );
    await redis.del(await redis.keys('{shoal}:rate:*'));
    return code === 'model_unavailable';
  });
  const predicted = patient.predict(image, { model });
  await waitFor('a retry', () => away.length > 0);
  await redis.del(await redis.keys('{shoal}:rate:*'));
  await stack.startWorker(model);
  expect((await predicted).status).toBe('succeeded');
  expect(away[0]).toEqual(['model_unavailable', true]);
});

test('an abort, leaving the loop, and the end of the budget: the predictions end on the server, too', async () => {
  const stack = await startScriptedStack({ yaml: 'maxBatch: 1\n', env: { SHOAL_BATCH_MAX: '1' } });
  const redis = lookInto(stack);
  const slow = await pictureThat('takesLong');
  const client = clientOf(stack.url);
  // Somebody else's, which keeps the worker busy.
  const others = await Promise.all(
    Array.from({ length: 4 }, () => clientOf(stack.url).submit(slow, { model, priority: 'high' })),
  );
  const openIds = async (): Promise<string[]> => {
    const ids = await redis.hkeys('{shoal}:ledger:rows');
    return ids.filter((id) => !others.some((other) => other.id === id));
  };
  const leaving = new AbortController();
  const seen: PredictionState[] = [];
  const aborted = client.predict(slow, {
    model,
    signal: leaving.signal,
    onState: (state) => seen.push(state),
  });
  await waitFor('it to be queued', () => seen.length > 0);
  leaving.abort(new Error('no more'));
  await expect(aborted).rejects.toThrow('no more');
  await waitFor('it to be canceled', async () => (await statusOf(stack, seen[0]!.id)) === 'canceled');

  // Before the server has told the id.
  const early = new AbortController();
  const unknown = client.predict(slow, { model, signal: early.signal });
  await waitFor('it to be queued', async () => (await openIds()).length > 0);
  const [earlyId] = await openIds();
  early.abort();
  await expect(unknown).rejects.toMatchObject({ name: 'AbortError' });
  await waitFor('it to be canceled', async () => (await statusOf(stack, earlyId!)) === 'canceled');

  const late = client.predict(slow, { model, budgetMs: 1_200 });
  await waitFor('it to be queued', async () => (await openIds()).length > 0);
  const [lateId] = await openIds();
  await expect(late).rejects.toMatchObject({
    code: expect.stringMatching(/^(timed_out|deadline_exceeded)$/) as string,
  });
  await waitFor('it to end', async () => /^(canceled|expired)$/.test(await statusOf(stack, lateId!)));

  const broken = new Uint8Array([1, 2, 3]);
  for await (const { error } of client.map([broken, slow, slow, slow], { model, returnExceptions: true })) {
    expect(error?.code).toBe('media_type_unsupported');
    await waitFor('the others to be queued', async () => (await openIds()).length === 3);
    break;
  }
  await client.close();
  expect(await openIds()).toEqual([]);
  expect(client.statistics).toMatchObject({ succeeded: 0, retried: 0 });
});

test('the local queue holds what comes while the server is away, and sends it when it is there', async () => {
  const stack = await startScriptedStack();
  const port = String(await freePort());
  const client = clientOf(`http://127.0.0.1:${port}`, { queue: { itemsMax: 10, bytesMax: 1_000_000 } });
  const held = distinct(10).map((image) => client.enqueue(image, { model }));
  expect(() => client.enqueue(new Uint8Array(3), { model })).toThrow(
    expect.objectContaining({ code: 'queue_full' }),
  );
  await waitFor('attempts in vain', () => client.statistics.retried > 20);
  expect(client.statistics).toMatchObject({ succeeded: 0, queued: 10 });
  const { gateway } = await stack.startGateway({ PORT: port });
  await client.drain();
  await gateway.kill();
  const ids = await Promise.all(held.map(async (one) => (await one.result()).id));
  const computed = await answeredBy(stack, 10);
  expect(computed).toHaveLength(10);
  expect(new Set(computed)).toEqual(new Set(ids));
  expect(client.statistics).toMatchObject({ sent: 10, succeeded: 10, queued: 0 });
});
