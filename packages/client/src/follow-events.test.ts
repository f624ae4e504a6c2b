/** A stream of events, and its way over what breaks off. */
import { expect, test, vi } from 'vitest';
import { ShoalClient } from './shoal-client.ts';
import {
  TestServer,
  id,
  inTurn,
  json,
  queued,
  refusal,
  refusedConnection,
  succeeded,
  type Responder,
} from './test-server.ts';

const running = { ...queued, status: 'running' } as const;

function setUp(respond: Responder, options: Partial<ConstructorParameters<typeof ShoalClient>[0]> = {}) {
  const server = new TestServer(respond);
  return { server, client: new ShoalClient({ ...server.seams, ...options }) };
}

/** Ends as it is told; one that hangs says nothing more. */
function stream(
  events: readonly (readonly [type: string, data: unknown])[],
  end: 'close' | 'break' | 'hang' = 'close',
  cancel = () => undefined as void,
): Responder {
  return ({ signal }) => {
    const text = events.map(([type, data]) => `event: ${type}\ndata: ${JSON.stringify(data)}\n\n`).join('');
    let isSaid = false;
    const body = new ReadableStream<Uint8Array>({
      cancel,
      pull(controller) {
        if (!isSaid) controller.enqueue(new TextEncoder().encode(`: hello\n\n${text}`));
        else if (end === 'close') controller.close();
        else if (end === 'break') controller.error(new TypeError('terminated'));
        else {
          return new Promise((_resolve, reject) => {
            signal.addEventListener('abort', () => reject(new Error('aborted')));
          });
        }
        isSaid = true;
        return undefined;
      },
    });
    return new Response(body, { headers: { 'content-type': 'text/event-stream' } });
  };
}

async function read(events: AsyncIterable<unknown>): Promise<unknown[]> {
  const list: unknown[] = [];
  for await (const event of events) list.push(event);
  return list;
}

const all = [
  { type: 'state', state: queued },
  { type: 'state', state: running },
  { type: 'result', result: succeeded },
];

test('it tells each state and ends with the result', async () => {
  const { server, client } = setUp(
    stream([
      ['state', queued],
      ['weather', { wind: 3 }],
      ['state', running],
      ['result', succeeded],
      ['state', queued],
    ]),
  );
  expect(await read(client.events(id))).toEqual(all);
  expect(server.requests.map(({ path }) => path)).toEqual([`/reef/v1/predictions/${id}/events`]);
});

test.each(['close', 'break', 'hang'] as const)(
  'a stream that breaks off (%s) is taken up again, and nothing is told twice',
  async (end) => {
    const { server, client } = setUp(
      inTurn(
        stream([['state', queued]], end),
        refusedConnection,
        () => refusal(503, 'shutting_down'),
        stream(
          [
            ['state', queued],
            ['state', running],
          ],
          end,
        ),
        stream([['result', succeeded]]),
      ),
    );
    expect(await read(client.events(id))).toEqual(all);
    expect(server.requests).toHaveLength(5);
    // Silence is noticed after 40 s; who is answered anew comes after a second.
    expect(server.requests[1]!.atMs).toBe(end === 'hang' ? 41_000 : 1_000);
  },
);

test('what cannot pass is told: a prediction that is unknown, a server that is none, an event that is none', async () => {
  const unknown = setUp(() => refusal(404, 'prediction_unknown'));
  await expect(read(unknown.client.events(id))).rejects.toMatchObject({
    code: 'prediction_unknown',
    predictionId: id,
  });
  const other = setUp(() => json(200, succeeded));
  await expect(read(other.client.events(id))).rejects.toMatchObject({ code: 'answer_unreadable' });
  const odd = setUp(stream([['result', { id, status: 'done' }]]));
  await expect(read(odd.client.events(id))).rejects.toMatchObject({ code: 'answer_unreadable' });
});

test('a server that stays away is given up after so many attempts, or when the budget ends', async () => {
  const away = setUp(inTurn(stream([['state', queued]]), refusedConnection), { attemptsMax: 3 });
  await expect(read(away.client.events(id))).rejects.toMatchObject({ code: 'unreachable' });
  expect(away.server.requests).toHaveLength(4);
  const silent = setUp(stream([['state', queued]], 'hang'));
  await expect(read(silent.client.events(id, { budgetMs: 5_000 }))).rejects.toMatchObject({
    code: 'timed_out',
  });
  expect(silent.server.clock.nowMs()).toBe(5_000);
});

test('a reader that takes its time is not taken for a server that is silent', async () => {
  const { server, client } = setUp(({ signal }) => {
    const texts = [
      `event: state\ndata: ${JSON.stringify(queued)}\n\n`,
      `event: result\ndata: ${JSON.stringify(succeeded)}\n\n`,
    ];
    const body = new ReadableStream<Uint8Array>(
      {
        pull(controller) {
          if (signal.aborted) controller.error(new Error('aborted'));
          else controller.enqueue(new TextEncoder().encode(texts.shift()));
        },
      },
      { highWaterMark: 0 },
    );
    return new Response(body, { headers: { 'content-type': 'text/event-stream' } });
  });
  const types: string[] = [];
  for await (const { type } of client.events(id)) {
    types.push(type);
    await server.clock.sleep(600_000);
  }
  expect(types).toEqual(['state', 'result']);
  expect(server.requests).toHaveLength(1);
});

test('a server that is away for long is waited for, without a budget', async () => {
  const { server, client } = setUp(
    inTurn(...Array<Responder>(30).fill(refusedConnection), stream([['result', succeeded]])),
  );
  expect(await read(client.events(id))).toEqual(all.slice(2));
  expect(server.clock.nowMs()).toBeGreaterThan(200_000);
});

test('leaving the loop, or an abort, closes the connection', async () => {
  const closed = vi.fn();
  const { server, client } = setUp(stream([['state', queued]], 'hang', closed));
  const left = client.events(id);
  await left.next();
  await left.return();
  expect(closed).toHaveBeenCalledOnce();
  const leaving = new AbortController();
  const events = client.events(id, { signal: leaving.signal });
  await events.next();
  const next = events.next();
  leaving.abort(new Error('no more'));
  await expect(next).rejects.toThrow('no more');
  expect(server.requests).toHaveLength(2);
  expect(server.requests[1]!.signal.aborted).toBe(true);
});
