/** What a call does when its request fails: which failures it sends again, when, and for how long. */
import { expect, test } from 'vitest';
import { ShoalClient } from './shoal-client.ts';
import {
  TestServer,
  accepted,
  byMethod,
  ended,
  inTurn,
  json,
  never,
  ok,
  refusal,
  refusedConnection,
  succeeded,
  type Responder,
} from './test-server.ts';

const image = new Uint8Array([1, 2, 3]);
const model = 'demo';

function setUp(respond: Responder, options: Partial<ConstructorParameters<typeof ShoalClient>[0]> = {}) {
  const server = new TestServer(respond);
  return { server, client: new ShoalClient({ ...server.seams, ...options }) };
}

const tooLate = () => json(400, { error: { code: 'options_invalid', message: 'deadlineMs: expected less' } });
const deadlines = (server: TestServer) => server.sent('POST').map(({ form }) => form!.get('deadlineMs'));

const html = (status: number) => () => new Response('<h1>sorry</h1>', { status });
const cut = () =>
  new Response(new ReadableStream({ start: (controller) => controller.error(new Error('reset')) }));

test.each<[string, Responder]>([
  ['a refused connection', refusedConnection],
  ['an answer that is cut off', cut],
  ['429 rate_limited', () => refusal(429, 'rate_limited')],
  ['503 overloaded', () => refusal(503, 'overloaded')],
  ['503 model_unavailable', () => refusal(503, 'model_unavailable')],
  ['503 redis_unavailable', () => refusal(503, 'redis_unavailable')],
  ['503 shutting_down', () => refusal(503, 'shutting_down')],
  ['503 of a newer server', () => refusal(503, 'reef_bleached')],
  ['408 upload_timeout', () => refusal(408, 'upload_timeout')],
  ['500 upload_lost', () => json(500, ended('failed', 'upload_lost'))],
  ['502 of a proxy', html(502)],
  ['503 of a proxy', html(503)],
  ['504 of a proxy', html(504)],
])('%s: the same picture is sent again with the same key', async (_what, failure) => {
  const { server, client } = setUp(inTurn(failure, failure, ok));
  expect(await client.predict(image, { model })).toEqual(succeeded);
  expect(new Set(server.keys).size).toBe(1);
  expect(server.keys).toHaveLength(3);
  for (const { form, path } of server.requests) {
    expect(path).toBe('/reef/v1/predictions');
    const part = form!.get('image') as File;
    expect(new Uint8Array(await part.arrayBuffer())).toEqual(image);
  }
  expect(client.statistics).toEqual({ sent: 1, succeeded: 1, failed: 0, retried: 2, queued: 0 });
});

test.each<[string, string, Responder]>([
  ['504 deadline_exceeded', 'deadline_exceeded', () => json(504, ended('expired', 'deadline_exceeded'))],
  ['500 model_failed', 'model_failed', () => json(500, ended('failed', 'model_failed'))],
  ['500 internal', 'internal', () => refusal(500, 'internal')],
  ['409 canceled', 'canceled', () => json(409, ended('canceled', 'canceled'))],
  ['422 image_undecodable', 'image_undecodable', () => json(422, ended('failed', 'image_undecodable'))],
  ['400 options_invalid', 'options_invalid', () => refusal(400, 'options_invalid')],
  ['401 unauthorized', 'unauthorized', () => refusal(401, 'unauthorized')],
  ['404 model_unknown', 'model_unknown', () => refusal(404, 'model_unknown')],
  ['413 of a proxy', 'answer_unreadable', html(413)],
  ['a page that is no server', 'answer_unreadable', html(404)],
  ['200 without JSON', 'answer_unreadable', html(200)],
  ['200 with other JSON', 'answer_unreadable', () => json(200, { hello: 'world' })],
])('%s is final', async (_what, code, answer) => {
  const { server, client } = setUp(answer);
  const predicted = client.predict(image, { model });
  await expect(predicted).rejects.toMatchObject({ name: 'ShoalError', code, isRetryable: false });
  expect(server.requests).toHaveLength(1);
  expect(client.statistics).toMatchObject({ succeeded: 0, failed: 1, retried: 0 });
});

test('an error says the status, the request, the prediction, and when to come again', async () => {
  const tell = { 'retry-after': '7', 'x-prediction-id': 'p-1' };
  const { client } = setUp(() => refusal(503, 'overloaded', tell), { attemptsMax: 1 });
  await expect(client.predict(image, { model })).rejects.toMatchObject({
    code: 'overloaded',
    message: 'it is overloaded',
    status: 503,
    retryAfterMs: 7_000,
    requestId: 'r-1',
    predictionId: 'p-1',
    isRetryable: true,
  });
});

test('the address that is wrong is told at once, and one that was right is tried again', async () => {
  const restarting = html(404);
  const { client, server } = setUp(inTurn(ok, restarting, restarting, ok));
  await client.predict(image, { model });
  expect((await client.predict(image, { model })).status).toBe('succeeded');
  expect(server.requests).toHaveLength(4);
});

test.each([
  ['seconds', '9'],
  ['a date', new Date(Date.UTC(2026, 0, 1) + 9_000).toUTCString()],
])('Retry-After in %s is waited for', async (_form, header) => {
  const { server, client } = setUp(inTurn(() => refusal(429, 'rate_limited', { 'retry-after': header }), ok));
  await client.predict(image, { model });
  expect(server.requests[1]!.atMs).toBeGreaterThanOrEqual(9_000);
  expect(server.requests[1]!.atMs).toBeLessThanOrEqual(10_000);
});

test('pauses grow, and whoever is told of them knows why', async () => {
  const told: unknown[] = [];
  const { server, client } = setUp(inTurn(...Array<Responder>(6).fill(refusedConnection), ok), {
    onRetry: ({ error, attempt, delayMs }) => told.push([error.code, attempt, delayMs]),
  });
  await client.models().catch(() => undefined);
  expect(server.requests.map(({ atMs }) => atMs)).toEqual([0, 500, 1_500, 3_500, 7_500, 15_500, 25_500]);
  expect(told.slice(0, 2)).toEqual([
    ['unreachable', 1, 500],
    ['unreachable', 2, 1_000],
  ]);
});

test('the budget is that of all attempts together, and no pause goes past it', async () => {
  const { server, client } = setUp(refusedConnection);
  const predicted = client.predict(image, { model, budgetMs: 10_000 });
  await expect(predicted).rejects.toMatchObject({ code: 'unreachable', isRetryable: true });
  // The next pause would have been 8 s.
  expect(server.clock.nowMs()).toBe(7_500);
});

test('a server that wants to be left alone for longer than there is time is not waited for', async () => {
  const { server, client } = setUp(() => refusal(503, 'overloaded', { 'retry-after': '60' }));
  const predicted = client.predict(image, { model, budgetMs: 30_000 });
  await expect(predicted).rejects.toMatchObject({ code: 'overloaded', retryAfterMs: 60_000 });
  expect(server.clock.nowMs()).toBe(0);
  expect(server.requests).toHaveLength(1);
});

test('a call gives up after so many failures in a row', async () => {
  const { server, client } = setUp(refusedConnection, { attemptsMax: 3 });
  await expect(client.model('a/b')).rejects.toMatchObject({ code: 'unreachable' });
  expect(server.requests.map(({ path }) => path)).toEqual(Array(3).fill('/reef/v1/models/a%2Fb'));
});

test('whoever has been answered begins to count anew', async () => {
  const { client } = setUp(
    byMethod({
      POST: inTurn(refusedConnection, accepted),
      GET: inTurn(refusedConnection, accepted, refusedConnection, ok),
    }),
    { attemptsMax: 2 },
  );
  expect((await client.predict(image, { model })).status).toBe('succeeded');
});

test('a request that hangs is given up and sent again', async () => {
  const { server, client } = setUp(inTurn(never, ok), { uploadTimeoutMs: 9_000 });
  expect((await client.predict(image, { model })).status).toBe('succeeded');
  expect(server.requests[0]!.signal.aborted).toBe(true);
  expect(server.requests[1]!.atMs).toBe(9_500);
  expect(new Set(server.keys).size).toBe(1);
});

test('what the server lost after it had accepted it is submitted again, with the same key and a pause', async () => {
  const { server, client } = setUp(
    byMethod({
      POST: inTurn(accepted, accepted, accepted, ok),
      GET: inTurn(
        () => refusal(404, 'prediction_unknown'),
        () => json(200, ended('failed', 'upload_lost')),
        () => refusal(404, 'prediction_unknown'),
      ),
    }),
  );
  expect((await client.predict(image, { model })).status).toBe('succeeded');
  expect(new Set(server.keys).size).toBe(1);
  expect(server.sent('POST').map(({ atMs }) => atMs)).toEqual([0, 500, 1_500, 3_500]);
});

test('the budget ends a wait, and the prediction on the server with it', async () => {
  const { server, client } = setUp(
    byMethod({ POST: accepted, GET: never, DELETE: () => json(200, ended('canceled', 'canceled')) }),
  );
  const predicted = client.predict(image, { model, budgetMs: 5_000 });
  await expect(predicted).rejects.toMatchObject({ code: 'timed_out', isRetryable: true });
  expect(server.clock.nowMs()).toBe(5_000);
  await client.close();
  expect(server.sent('DELETE')).toHaveLength(1);
});

test('a picture that takes for ever to open is part of the budget, and can be left', async () => {
  const { server, client } = setUp(ok);
  const stuck = { open: () => new Promise<never>(() => undefined) };
  await expect(client.predict(stuck, { model, budgetMs: 5_000 })).rejects.toMatchObject({
    code: 'timed_out',
  });
  expect(server.clock.nowMs()).toBe(5_000);
  const leaving = new AbortController();
  const left = client.predict(stuck, { model, budgetMs: Infinity, signal: leaving.signal });
  leaving.abort(new Error('no more'));
  await expect(left).rejects.toThrow('no more');
  expect(server.requests).toHaveLength(0);
});

test('the server is told the deadline that follows from the budget, unless it was told another one or refuses it', async () => {
  const { server, client } = setUp(inTurn(refusedConnection, ok));
  await client.predict(image, { model, budgetMs: 5_000 });
  await client.predict(image, { model, budgetMs: 5_000, deadlineMs: 700 });
  await client.predict(image, { model, budgetMs: Infinity });
  await client.submit(image, { model, budgetMs: 5_000 });
  expect(deadlines(server)).toEqual(['5000', '4500', '700', null, null]);

  const strict = setUp((request) => (request.form?.has('deadlineMs') === true ? tooLate() : ok()));
  await strict.client.predict(image, { model });
  await strict.client.predict(image, { model });
  expect(deadlines(strict.server)).toEqual(['120000', null, null]);
  await expect(strict.client.predict(image, { model, deadlineMs: 7 })).rejects.toMatchObject({
    code: 'options_invalid',
  });
});

test('a key that cannot be sent is told at once, and not taken for a network that is away', async () => {
  const { server, client } = setUp(ok, { apiKey: 'a\nb' });
  await expect(client.predict(image, { model })).rejects.toMatchObject({ code: 'options_invalid' });
  expect(server.requests).toHaveLength(0);
});

test('a caller without a budget waits for as long as the server is away', async () => {
  const { server, client } = setUp(inTurn(...Array<Responder>(400).fill(refusedConnection), ok));
  expect((await client.predict(image, { model, budgetMs: Infinity })).status).toBe('succeeded');
  expect(server.clock.nowMs()).toBeGreaterThan(3_600_000);
});

test.each([401, 403, 413])(
  '%i of a proxy is final, though the server has answered before',
  async (status) => {
    const { server, client } = setUp(inTurn(ok, html(status)));
    await client.predict(image, { model });
    const failure = client.predict(image, { model });
    await expect(failure).rejects.toMatchObject({ code: 'answer_unreadable', status, isRetryable: false });
    expect(server.requests).toHaveLength(2);
  },
);

test.each(['localhost:3000', 'ftp://reef.test', 'http://me:secret@reef.test'])(
  '%s is refused at once, and not tried again and again',
  (url) => {
    expect(() => new ShoalClient({ url })).toThrow(TypeError);
    expect(() => new ShoalClient({ url })).not.toThrow('secret');
  },
);
