/** How the callers behave before a server that does what it must not. */
import http from 'node:http';
import type { AddressInfo } from 'node:net';
import { expect, onTestFinished, test } from 'vitest';
import { testResult } from '../support/exchange.ts';
import { startClient } from './client.ts';
import { emptyHistory, type History } from './history.ts';
import type { PlannedRequest } from './request-plan.ts';

const id = '00000000-0000-7000-8000-000000000001';

interface Post {
  readonly key: string | undefined;
  readonly prefer: string | undefined;
}

/** Answers the posts one after the other with what is given; `undefined` breaks the connection. */
async function serve(answers: readonly (readonly [status: number, body: object] | undefined)[]) {
  const posts: Post[] = [];
  const server = http.createServer((request, response) => {
    request.resume().on('end', () => {
      const answer = answers[posts.length];
      const { 'idempotency-key': key, prefer } = request.headers;
      posts.push({ key: key?.toString(), prefer: prefer?.toString() });
      if (answer === undefined) return request.socket.destroy();
      response.writeHead(answer[0], { 'content-type': 'application/json' });
      return response.end(JSON.stringify(answer[1]));
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, posts };
}

async function send(
  url: string,
  planned: Partial<PlannedRequest>,
): Promise<{ history: History; taken: string[] }> {
  const history = emptyHistory();
  const taken: string[] = [];
  const request = {
    index: 5,
    atMs: 0,
    sort: 'waits',
    priority: 'normal',
    pauseMs: 30,
    hasKey: true,
    isSlow: false,
    hasWebhook: false,
  } as const;
  await startClient([{ ...request, ...planned }], Date.now(), {
    urls: [url],
    model: 'tiny',
    run: 'run',
    history,
    webhook: undefined,
    draw: () => Promise.resolve(Buffer.from('picture')),
    onAccepted: (accepted) => taken.push(accepted),
  }).done;
  return { history, taken };
}

test('after a break and after refusals a caller asks again with the same key', async () => {
  const refusal = [503, { error: { code: 'redis_unavailable', message: '' } }] as const;
  const { url, posts } = await serve([undefined, refusal, [500, {}], [200, testResult(id)]]);
  const { history, taken } = await send(url, {});
  expect(posts.map(({ key }) => key)).toEqual(['run-5', 'run-5', 'run-5', 'run-5']);
  expect(history.attempts.map(({ outcome, said }) => [outcome, said])).toEqual([
    ['broken', 'UND_ERR_SOCKET'],
    ['refused', '503 redis_unavailable'],
    ['broken', '500'],
    ['answered', '200'],
  ]);
  expect(history.answers).toMatchObject([{ id, by: 'wait', result: { status: 'succeeded' } }]);
  expect(taken).toEqual([id]);
});

test('a caller without a key asks again after a plain no, and never when nobody knows what became of it', async () => {
  const keyless = { sort: 'asks later, keyless', hasKey: false } as const;
  const { url, posts } = await serve([[503, {}], undefined, [202, { id, status: 'queued', place: 1 }]]);
  const { history, taken } = await send(url, keyless);
  expect(posts).toEqual(Array.from({ length: 2 }, () => ({ key: undefined, prefer: 'respond-async' })));
  expect(history.uncertain).toEqual([5]);
  expect(taken).toEqual([]);
});

test('an error that is a final answer is an answer, and any other refusal ends the asking', async () => {
  const failed = { id, status: 'failed', error: { code: 'model_failed', message: '' } };
  const { history } = await send((await serve([[500, failed]])).url, {});
  expect(history.attempts).toMatchObject([{ outcome: 'answered', said: '500 model_failed' }]);
  expect(history.acceptances).toMatchObject([{ id, request: 5, by: 'answer' }]);
  const reused = { error: { code: 'idempotency_key_reused', message: '' } };
  const { history: rejected, taken } = await send((await serve([[422, reused]])).url, {});
  expect(rejected.attempts).toMatchObject([{ outcome: 'rejected', said: '422 idempotency_key_reused' }]);
  expect(taken).toEqual([]);
});

test('a 202 hands the prediction on', async () => {
  const { history, taken } = await send((await serve([[202, { id, status: 'queued', place: 1 }]])).url, {
    sort: 'asks later',
  });
  expect(history.acceptances).toMatchObject([{ id, request: 5, by: '202' }]);
  expect(history.answers).toEqual([]);
  expect(taken).toEqual([id]);
});
