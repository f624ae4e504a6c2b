/** The rules of the fuzz are shown what breaks them, so that none of them can fall asleep. */
import { once } from 'node:events';
import { createServer, type RequestListener } from 'node:http';
import type { AddressInfo } from 'node:net';
import { describe, expect, onTestFinished, test } from 'vitest';
import { connectConsumer } from '../../packages/shared/src/redis/index.ts';
import { honest, only, toBytes } from '../fuzz/fuzz-case.ts';
import { judge } from '../fuzz/judge.ts';
import { sendCase } from '../fuzz/send-case.ts';
import { ProcessWatch, isTooMuch } from '../fuzz/watch-processes.ts';
import { whatIsLeft } from '../fuzz/what-is-left.ts';
import { startRedis } from '../support/redis.ts';

const error = (code: string): string => JSON.stringify({ error: { code, message: 'm' } });
const asked = honest([toBytes({ body: Buffer.from('x') })]);

/** What the judge says of a server that does this. */
async function verdict(listener: RequestListener, hostile = asked): Promise<string | undefined> {
  const server = createServer(listener).listen(0, '127.0.0.1');
  await once(server, 'listening');
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  const outcome = await sendCase((server.address() as AddressInfo).port, hostile, 500);
  return judge(hostile, outcome, 400);
}
const answering =
  (
    status: number,
    body: string,
    headers: Record<string, string> = { 'x-request-id': 'r' },
  ): RequestListener =>
  (_request, response) =>
    void response.writeHead(status, headers).end(body);

describe('a server that', () => {
  test('refuses in form is right, and one that is overloaded may say so', async () => {
    expect(await verdict(answering(400, error('options_invalid')))).toBeUndefined();
    expect(
      await verdict(answering(503, error('overloaded'), { 'x-request-id': 'r', 'retry-after': '2' })),
    ).toBeUndefined();
  });

  test.each<[string, RequestListener, RegExp]>([
    ['fails', answering(500, error('internal')), /is 500/],
    ['is unavailable for another reason', answering(503, error('redis_unavailable')), /is 503/],
    ['answers in a form of its own', answering(400, 'Bad Request'), /not in the form of an error/],
    [
      'says one thing and means another',
      answering(404, error('upload_too_large')),
      /404 says upload_too_large/,
    ],
    ['does not say when to come again', answering(503, error('overloaded')), /no Retry-After/],
    ['forgets the request id', answering(400, error('options_invalid'), {}), /no request id/],
    ['succeeds with something else', answering(200, '{"success":true}'), /not in the form of an answer/],
    ['redirects', answering(302, ''), /is 302/],
    [
      'tells of its inside',
      answering(400, JSON.stringify({ error: { code: 'options_invalid', message: 'at x.ts:7' } })),
      /tells of the inside/,
    ],
    ['hangs', () => undefined, /no answer in time/],
    [
      'stops in the middle',
      (_request, response) =>
        void response.writeHead(200, { 'content-length': '9' }).write('{', () => response.destroy()),
      /broken response|reset/,
    ],
    ['hangs up', (request) => void request.socket.end(), /closed without an answer/],
    ['resets the connection', (request) => void request.socket.resetAndDestroy(), /reset/],
  ])('%s is caught', async (_what, listener, words) => {
    expect(await verdict(listener)).toMatch(words);
  });

  test('lets something pass that it should refuse is caught, and so is one that is late', async () => {
    expect(await verdict(answering(413, error('upload_too_large')), only([400], asked.steps))).toMatch(
      /is 413, expected 400/,
    );
    const late: RequestListener = (_request, response) =>
      void setTimeout(
        () => response.writeHead(400, { 'x-request-id': 'r' }).end(error('options_invalid')),
        450,
      );
    expect(await verdict(late)).toMatch(/took \d+ ms/);
  });

  test('hangs up on somebody who leaves as well is forgiven', async () => {
    expect(await verdict((request) => void request.socket.end(), { ...asked, leaves: true })).toBeUndefined();
  });
});

const grown = (warmBytes: number, endBytes: number): boolean =>
  isTooMuch({ name: 'g', warmBytes, endBytes, peakBytes: 0 });

test('memory that grows by half and more is too much, and memory that breathes is not', () => {
  expect(grown(300e6, 440e6)).toBe(false);
  expect(grown(300e6, 460e6)).toBe(true);
  expect(grown(10e6, 60e6)).toBe(false);
  expect(grown(10e6, 90e6)).toBe(true);
});

test('a process that dies or is started again is noticed', () => {
  let pid = process.pid;
  const watch = new ProcessWatch({ gateway: () => pid });
  for (const progress of [0, 0.4, 1]) watch.sample(progress);
  expect(watch.violations()).toEqual([]);
  pid = process.ppid;
  expect(watch.violations()).toContain('gateway was started again');
  pid = 2 ** 30;
  expect(watch.violations()).toContain('gateway is gone');
});

test('whatever is left in Redis is named', async () => {
  const server = await startRedis();
  onTestFinished(() => server.stop());
  const redis = connectConsumer(server.url);
  onTestFinished(() => redis.disconnect());
  expect(await whatIsLeft(redis)).toEqual([]);
  await redis.set('{shoal}:upload:1', 'x');
  await redis.set('{shoal}:started:1', 'x');
  await redis.zadd('{shoal}:ledger', 1, '1');
  await redis.hset('{shoal}:ledger:rows', '1', '{}');
  await redis.hset('{shoal}:ledger:totals', 'jobs', 1, 'bytes', 0);
  await redis.lpush('{shoal}:queue:m:wait', '1');
  await redis.zadd('{shoal}:queue:m@low:failed', 1, '1');
  expect(await whatIsLeft(redis)).toEqual([
    '1 uploads',
    '1 marks of jobs that began',
    '1 rows of the ledger',
    '1 ids in the ledger',
    'a total of 1 for jobs',
    expect.stringMatching(/1 jobs in m(:wait|@low:failed)/),
    expect.stringMatching(/1 jobs in m(:wait|@low:failed)/),
  ]);
});
