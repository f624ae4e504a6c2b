/** One prediction from its submission to its end, and what becomes of it when its caller leaves. */
import { getEventListeners } from 'node:events';
import { expect, test } from 'vitest';
import type { PredictionState } from './answer-form.ts';
import { ShoalClient } from './shoal-client.ts';
import {
  TestServer,
  accepted,
  byMethod,
  ended,
  id,
  inTurn,
  json,
  never,
  ok,
  queued,
  refusedConnection,
  succeeded,
  type Responder,
} from './test-server.ts';

const image = new Uint8Array([1, 2, 3]);
const model = 'demo';
const canceled = () => json(200, ended('canceled', 'canceled'));

function setUp(respond: Responder, options: Partial<ConstructorParameters<typeof ShoalClient>[0]> = {}) {
  const server = new TestServer(respond);
  return { server, client: new ShoalClient({ ...server.seams, ...options }) };
}

async function until(isSo: () => boolean): Promise<void> {
  while (!isSo()) await new Promise((resolve) => setImmediate(resolve));
}

test('a quick answer is one request; a slow one is waited for under its id', async () => {
  const { server, client } = setUp(
    byMethod({ POST: inTurn(ok, accepted), GET: inTurn(accepted, accepted, ok) }),
  );
  await client.predict(image, { model });
  expect(server.requests.map(({ method }) => method)).toEqual(['POST']);
  expect(server.requests[0]!.headers.get('prefer')).toBe('respond-async, wait=1');
  expect(await client.predict(image, { model })).toEqual(succeeded);
  expect(server.sent('GET').map(({ path }) => path)).toEqual(Array(3).fill(`/reef/v1/predictions/${id}`));
  expect(server.sent('GET')[0]!.headers.get('prefer')).toBe('wait=20');
  expect(server.keys[0]).not.toBe(server.keys[1]);
});

test('a server that does not wait is not asked without a pause', async () => {
  const { server, client } = setUp(
    byMethod({ POST: accepted, GET: inTurn(...Array<Responder>(9).fill(accepted), ok) }),
  );
  await client.predict(image, { model });
  expect(server.sent('GET').map(({ atMs }) => atMs)).toEqual(
    Array.from({ length: 10 }, (_, index) => index * 1_000),
  );
});

test('whoever wants to know is told each state once, the first one at once', async () => {
  const running = { ...queued, status: 'running', place: 1 } as const;
  const { server, client } = setUp(
    byMethod({
      POST: () => json(202, { ...queued, place: 2, estimatedMs: 90 }),
      GET: inTurn(accepted, accepted, () => json(202, running), ok),
    }),
  );
  const states: PredictionState[] = [];
  await client.predict(image, { model, onState: (state) => states.push(state) });
  expect(states).toEqual([{ ...queued, place: 2, estimatedMs: 90 }, queued, running]);
  expect(server.requests[0]!.headers.get('prefer')).toBe('respond-async');
});

test('whoever waits has the answer kept for no longer than it needs it, and whoever does not as the server does', async () => {
  const { server, client } = setUp(() => json(200, succeeded));
  await client.predict(image, { model });
  await client.predict(image, { model, keepMs: 86_400_000 });
  await client.submit(image, { model });
  expect(server.requests.map(({ form }) => form!.get('keepMs'))).toEqual(['600000', '86400000', null]);
});

test.each([
  ['its answer', 200, succeeded],
  ['how it ended', 422, ended('failed', 'image_undecodable')],
  ['where it stands', 202, queued],
])('submit resolves to %s', async (_what, status, body) => {
  const { server, client } = setUp(() => json(status, body));
  expect(await client.submit(image, { model, idempotencyKey: 'reef-7', priority: 'low' })).toEqual(body);
  const [{ headers, form }] = server.requests as [(typeof server.requests)[0]];
  expect(headers.get('idempotency-key')).toBe('reef-7');
  expect(headers.get('prefer')).toBe('respond-async');
  expect(form!.get('priority')).toBe('low');
});

test('a prediction that ended is a state for who looks, and an error for who waits', async () => {
  const { client } = setUp(() => json(200, ended('expired', 'deadline_exceeded')));
  expect(await client.get(id)).toEqual(ended('expired', 'deadline_exceeded'));
  await expect(client.wait(id)).rejects.toMatchObject({
    code: 'deadline_exceeded',
    predictionId: id,
    requestId: 'r-1',
    status: undefined,
  });
});

test.each([
  ['upload_lost', true],
  ['model_failed', false],
])(
  'of a prediction that ended as %s it is said whether another try makes sense: %s',
  async (code, isRetryable) => {
    const { server, client } = setUp(() => json(200, ended('failed', code)));
    await expect(client.wait(id)).rejects.toMatchObject({ code, isRetryable });
    expect(server.requests).toHaveLength(1);
  },
);

test('an abort while it waits closes the request and cancels on the server', async () => {
  const { server, client } = setUp(byMethod({ POST: accepted, GET: never, DELETE: canceled }));
  const leaving = new AbortController();
  const predicted = client.predict(image, { model, signal: leaving.signal });
  await until(() => server.sent('GET').length === 1);
  leaving.abort(new Error('no more'));
  await expect(predicted).rejects.toThrow('no more');
  expect(server.sent('GET')[0]!.signal.aborted).toBe(true);
  await client.close();
  expect(server.sent('DELETE').map(({ path }) => path)).toEqual([`/reef/v1/predictions/${id}`]);
  expect(client.statistics).toMatchObject({ sent: 1, failed: 1, retried: 0 });
});

test('an abort before the server has said the id: the caller is free at once, and the prediction is canceled', async () => {
  let answer: ((response: Response) => void) | undefined;
  const { server, client } = setUp(
    byMethod({ POST: () => new Promise((resolve) => (answer = resolve)), DELETE: canceled }),
  );
  const leaving = new AbortController();
  const predicted = client.predict(image, { model, signal: leaving.signal });
  await until(() => server.requests.length === 1);
  leaving.abort();
  await expect(predicted).rejects.toMatchObject({ name: 'AbortError' });
  expect(server.sent('POST')[0]!.signal.aborted).toBe(false);
  answer!(accepted());
  await client.close();
  expect(server.sent('DELETE')).toHaveLength(1);
});

test('an abort of a picture that has not arrived ends its request', async () => {
  const { server, client } = setUp(byMethod({ POST: never }));
  const leaving = new AbortController();
  const predicted = client.predict(image, { model, signal: leaving.signal });
  await until(() => server.requests.length === 1);
  leaving.abort();
  await expect(predicted).rejects.toMatchObject({ name: 'AbortError' });
  await client.close();
  expect(server.requests).toHaveLength(1);
  expect(server.requests[0]!.signal.aborted).toBe(true);
  expect(server.clock.nowMs()).toBeLessThan(5_000);
});

test('an abort ends a pause, and one that came before sends nothing', async () => {
  const { server, client } = setUp(refusedConnection, { onRetry: () => leaving.abort(new Error('no more')) });
  const leaving = new AbortController();
  await expect(client.predict(image, { model, signal: leaving.signal })).rejects.toThrow('no more');
  expect(server.requests).toHaveLength(1);
  expect(server.clock.nowMs()).toBe(0);
  await expect(client.predict(image, { model, signal: leaving.signal })).rejects.toThrow('no more');
  await expect(client.models({ signal: leaving.signal })).rejects.toThrow('no more');
  expect(server.requests).toHaveLength(1);
});

test('whoever only waits for one that others submitted does not cancel it by leaving', async () => {
  const { server, client } = setUp(byMethod({ GET: never }));
  const leaving = new AbortController();
  const waited = client.wait(id, { signal: leaving.signal });
  await until(() => server.requests.length === 1);
  leaving.abort();
  await expect(waited).rejects.toMatchObject({ name: 'AbortError' });
  await client.close();
  expect(server.sent('DELETE')).toHaveLength(0);
});

test('the key is asked for anew each time, and sent in no address', async () => {
  let key: string | undefined = 'first';
  const { server, client } = setUp(ok, { apiKey: () => key, headers: { 'x-lab': 'reef' } });
  await client.predict(image, { model });
  key = undefined;
  await client.predict(image, { model });
  expect(server.requests.map(({ headers }) => headers.get('authorization'))).toEqual(['Bearer first', null]);
  expect(server.requests.map(({ headers }) => headers.get('x-lab'))).toEqual(['reef', 'reef']);
});

test('a signal that outlives many calls keeps nothing of them', async () => {
  const { signal } = new AbortController();
  let most = 0;
  const { client } = setUp(() => {
    most = Math.max(most, getEventListeners(signal, 'abort').length);
    return ok();
  });
  await Promise.all(Array.from({ length: 20 }, () => client.predict(image, { model, signal })));
  // More than ten at once would be taken for a leak by some versions of Node.
  expect(most).toBe(1);
  expect(getEventListeners(signal, 'abort')).toEqual([]);
});
