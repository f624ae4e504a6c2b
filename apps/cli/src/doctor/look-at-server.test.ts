import { createServer, type RequestListener } from 'node:http';
import type { AddressInfo } from 'node:net';
import { describe, expect, onTestFinished, test } from 'vitest';
import { lookAtServer } from './look-at-server.ts';

interface Behaviour {
  readonly livez?: string;
  readonly date?: string;
  readonly isReady?: boolean;
  readonly key?: string;
}

/** A gateway as far as these questions go, as it is in this or that trouble. */
async function serverThat({
  livez = '{"status":"ok"}',
  date,
  isReady = true,
  key,
}: Behaviour): Promise<string> {
  const handle: RequestListener = (request, response) => {
    if (date !== undefined) response.setHeader('date', date);
    const isRefused = key !== undefined && request.headers.authorization !== `Bearer ${key}`;
    const answer = (status: number, body: string): void => void response.writeHead(status).end(body);
    if (request.url === '/livez') answer(200, livez);
    else if (request.url === '/readyz' && isReady) answer(200, '{"status":"ok"}');
    else if (request.url === '/readyz') answer(503, '{"error":{"message":"Redis cannot be reached"}}');
    else if (isRefused) answer(401, '{}');
    else answer(200, '{"models":[]}');
  };
  const server = createServer(handle).listen(0, '127.0.0.1');
  await new Promise((resolve) => server.once('listening', resolve));
  onTestFinished(() => {
    server.close().closeAllConnections();
  });
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

const outcomesOf = async (url: string, key?: string) => {
  const { findings, ...rest } = await lookAtServer(url, key);
  return {
    ...rest,
    outcomes: Object.fromEntries(findings.map(({ about, outcome }) => [about, outcome])),
    findings,
  };
};

const wellOf = { server: 'ok', clock: 'ok', readiness: 'ok', key: 'ok' };

describe('a server', () => {
  test('that is well is told to be', async () => {
    const { outcomes, isUsable } = await outcomesOf(await serverThat({}));
    expect([outcomes, isUsable]).toEqual([wellOf, true]);
  });

  test('that nobody has started is one sentence, with how to start one', async () => {
    const url = await serverThat({});
    const port = new URL(url).port;
    const closed = createServer().listen(0, '127.0.0.1');
    await new Promise((resolve) => closed.once('listening', resolve));
    const free = (closed.address() as AddressInfo).port;
    await new Promise((resolve) => closed.close(resolve));
    expect(free).not.toBe(Number(port));
    const { findings, isReached } = await lookAtServer(`http://127.0.0.1:${free}`, undefined);
    expect(isReached).toBe(false);
    expect(findings).toMatchObject([
      { outcome: 'fail', message: `nothing listens at http://127.0.0.1:${free}` },
    ]);
    expect(findings[0]?.advice).toContain('npm start');
  });

  test('that is something else is not asked further', async () => {
    const { outcomes, isUsable, isReached } = await outcomesOf(await serverThat({ livez: '<html>' }));
    expect([outcomes, isUsable, isReached]).toEqual([{ server: 'fail' }, false, true]);
  });

  test('whose clock is another is a warning', async () => {
    const date = new Date(Date.now() - 3_600_000).toUTCString();
    const { outcomes, findings } = await outcomesOf(await serverThat({ date }));
    expect(outcomes).toEqual({ ...wellOf, clock: 'warn' });
    expect(findings[1]?.message).toMatch(/^this machine is 3(?:599|600|601) s ahead of the server$/);
  });

  test('without its Redis says so in its own words', async () => {
    const { outcomes, findings, isUsable } = await outcomesOf(await serverThat({ isReady: false }));
    expect([outcomes, isUsable]).toEqual([{ ...wellOf, readiness: 'fail' }, false]);
    expect(findings[2]?.message).toContain('Redis cannot be reached');
  });

  test.each([
    [undefined, 'fail', 'asks for an API key'],
    ['wrong', 'fail', 'does not take this one'],
    ['right', 'ok', 'takes it'],
  ])('that asks for a key and gets %s', async (key, outcome, sentence) => {
    const { outcomes, findings } = await outcomesOf(await serverThat({ key: 'right' }), key);
    expect(outcomes['key']).toBe(outcome);
    expect(findings[3]?.message).toContain(sentence);
  });
});
