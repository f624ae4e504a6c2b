/** The local queue: it holds what the server does not take, within its bounds, and loses nothing of it. */
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

const model = 'demo';
const picture = (bytes = 10) => new Uint8Array(bytes);

function setUp(
  respond: Responder,
  queue: Partial<NonNullable<ConstructorParameters<typeof ShoalClient>[0]['queue']>> = {},
) {
  const server = new TestServer(respond);
  const client = new ShoalClient({
    ...server.seams,
    queue: { itemsMax: 100, bytesMax: 1_000, concurrency: 2, ...queue },
  });
  return { server, client };
}

test('what comes while the server is away is sent when it is back, and its result is kept', async () => {
  let isAway = true;
  const { server, client } = setUp(() => (isAway ? refusedConnection() : ok()));
  const held = Array.from({ length: 5 }, () => client.enqueue(picture(), { model }));
  expect(client.statistics).toMatchObject({ queued: 5 });
  while (server.clock.nowMs() < 600_000) await new Promise((resolve) => setImmediate(resolve));
  expect(client.statistics).toMatchObject({ queued: 5, succeeded: 0 });
  isAway = false;
  await client.drain();
  expect(client.statistics).toMatchObject({ sent: 5, succeeded: 5, queued: 0 });
  for (const one of held) expect(await one.result()).toEqual(succeeded);
  expect(await held[0]!.result()).toBe(await held[0]!.result());
  const answered = server.requests.slice(-5).map(({ headers }) => headers.get('idempotency-key'));
  expect(new Set(answered)).toEqual(new Set(held.map(({ key }) => key)));
});

test('it sends in the order in which they came, so many at once', async () => {
  let working = 0;
  const { server, client } = setUp(async () => {
    working += 1;
    expect(working).toBeLessThanOrEqual(2);
    await new Promise((resolve) => setImmediate(resolve));
    working -= 1;
    return ok();
  });
  const keys = ['a', 'b', 'c', 'd', 'e'];
  for (const idempotencyKey of keys) client.enqueue(picture(), { model, idempotencyKey });
  await client.drain();
  expect(server.keys).toEqual(keys);
});

test('a full queue says so at once, and has room again when something was answered', async () => {
  const { client } = setUp(ok, { itemsMax: 3, bytesMax: 25 });
  client.enqueue(picture(10), { model });
  client.enqueue(picture(10), { model });
  expect(() => client.enqueue(picture(10), { model })).toThrow(
    expect.objectContaining({
      code: 'queue_full',
      message: expect.stringContaining('20 of 25 bytes') as string,
    }),
  );
  client.enqueue(picture(5), { model });
  expect(() => client.enqueue(picture(0), { model })).toThrow(
    expect.objectContaining({ code: 'queue_full' }),
  );
  expect(client.statistics.queued).toBe(3);
  await client.drain();
  await client.enqueue(picture(25), { model }).result();
});

test('a failure is kept like an answer, and harms nobody who does not ask', async () => {
  const { client } = setUp(inTurn(() => refusal(415, 'media_type_unsupported'), ok));
  const broken = client.enqueue(picture(), { model });
  const fine = client.enqueue(picture(), { model });
  await client.drain();
  // A rejection that nobody has asked about by now ends a process.
  await new Promise((resolve) => setTimeout(resolve, 20));
  expect(await fine.result()).toEqual(succeeded);
  await expect(broken.result()).rejects.toMatchObject({ code: 'media_type_unsupported' });
});

test('one that is canceled gives its place to the next; one that is on the server is canceled there', async () => {
  const { server, client } = setUp(
    byMethod({
      POST: inTurn(accepted, ok),
      GET: never,
      DELETE: () => json(200, ended('canceled', 'canceled')),
    }),
    { concurrency: 1 },
  );
  const [first, second, third] = ['a', 'b', 'c'].map((idempotencyKey) =>
    client.enqueue(picture(), { model, idempotencyKey }),
  );
  while (server.sent('GET').length === 0) await new Promise((resolve) => setImmediate(resolve));
  second!.cancel();
  await expect(second!.result()).rejects.toMatchObject({ code: 'canceled' });
  first!.cancel();
  await expect(first!.result()).rejects.toMatchObject({ code: 'canceled' });
  expect(await third!.result()).toEqual(succeeded);
  expect(server.keys).toEqual(['a', 'c']);
  await client.close();
  expect(server.sent('DELETE')).toHaveLength(1);
});

test('one that is canceled as its turn comes takes no place with it', async () => {
  const { client } = setUp(ok, { concurrency: 1 });
  const first = client.enqueue(picture(), { model });
  const second = client.enqueue(picture(), { model });
  await first.result();
  second.cancel();
  await second.result().catch(() => undefined);
  expect(await client.enqueue(picture(), { model }).result()).toEqual(succeeded);
});

test('close ends what is held, and takes no more', async () => {
  const { client } = setUp(refusedConnection, { concurrency: 1 });
  const held = [client.enqueue(picture(), { model }), client.enqueue(picture(), { model })];
  await client.close();
  for (const one of held) await expect(one.result()).rejects.toMatchObject({ code: 'queue_closed' });
  expect(() => client.enqueue(picture(), { model })).toThrow(
    expect.objectContaining({ code: 'queue_closed' }),
  );
  expect(client.statistics.queued).toBe(0);
  await client.close();
});

test('waiting for the rest can be given up without giving up the rest', async () => {
  const { client } = setUp(inTurn(refusedConnection, ok));
  const held = client.enqueue(picture(), { model });
  await expect(client.drain({ signal: AbortSignal.abort(new Error('no more')) })).rejects.toThrow('no more');
  expect(await held.result()).toEqual(succeeded);
});

test('a client without a queue says what it lacks', async () => {
  const client = new ShoalClient({ url: 'http://shoal.test' });
  expect(() => client.enqueue(picture(), { model })).toThrow(TypeError);
  await client.drain();
});

test('one that its caller aborts while it waits for its turn gives up its place at once', async () => {
  const { client } = setUp(never, { concurrency: 1, itemsMax: 2 });
  client.enqueue(picture(), { model });
  const caller = new AbortController();
  const waiting = client.enqueue(picture(), { model, signal: caller.signal });
  caller.abort(new Error('enough'));
  await expect(
    Promise.race([waiting.result(), new Promise((resolve) => setImmediate(resolve))]),
  ).rejects.toThrow('enough');
  const late = client.enqueue(picture(), { model, signal: caller.signal });
  await expect(
    Promise.race([late.result(), new Promise((resolve) => setImmediate(resolve))]),
  ).rejects.toThrow('enough');
  expect(client.statistics).toMatchObject({ queued: 1 });
  await client.close();
});
