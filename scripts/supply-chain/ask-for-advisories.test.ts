import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { json } from 'node:stream/consumers';
import { beforeAll, describe, expect, onTestFinished, test } from 'vitest';
import { freePort } from '../redis/ports.ts';
import { askForAdvisories } from './ask-for-advisories.ts';
import { NoPnpmError, runPnpm } from './run-pnpm.ts';

type Known = Readonly<Record<string, readonly object[]>>;

const advisory = (title: string): object => ({
  id: title.length,
  title,
  url: 'https://advisories.example/1',
  severity: 'high',
  vulnerable_versions: '<99',
});

/** A registry that answers as the real one does, about the packages it is asked for; or not at all as that. */
async function registry(answer: { known: Known } | { status: number }): Promise<string> {
  const reply = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const names = Object.keys((await json(request)) as object);
    if ('status' in answer) {
      response.writeHead(answer.status).end('no');
    } else {
      const found = Object.entries(answer.known).filter(([name]) => names.includes(name));
      response.setHeader('content-type', 'application/json').end(JSON.stringify(Object.fromEntries(found)));
    }
  };
  const server = createServer((request, response) => void reply(request, response));
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  onTestFinished(() => {
    server.close();
    server.closeAllConnections();
  });
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

const canary = { minimist: [advisory('prototype pollution')] };

describe('the audit', () => {
  let reason: string | undefined;
  beforeAll(async () => {
    reason = await runPnpm(['--version']).then(
      () => undefined,
      (error: unknown) => {
        if (error instanceof NoPnpmError) return error.message;
        throw error;
      },
    );
  });

  test('says that nothing is known when the registry knows advisories, and none of them is ours', async ({
    skip,
  }) => {
    if (reason !== undefined) skip(reason);
    const answer = await askForAdvisories(await registry({ known: canary }));
    expect(answer).toEqual({ kind: 'clean', packages: expect.any(Number) as number });
    expect(answer).toHaveProperty(
      'packages',
      expect.toSatisfy((count: number) => count > 100),
    );
  });

  test('names what is known against a package that is shipped', async ({ skip }) => {
    if (reason !== undefined) skip(reason);
    const answer = await askForAdvisories(
      await registry({ known: { ...canary, fastify: [advisory('planted')] } }),
    );
    expect(answer).toEqual({
      kind: 'found',
      advisories: [
        {
          package: 'fastify',
          severity: 'high',
          title: 'planted',
          url: 'https://advisories.example/1',
          vulnerableVersions: '<99',
        },
      ],
    });
  });

  test('does not take the silence of a registry without advisories for good news', async ({ skip }) => {
    if (reason !== undefined) skip(reason);
    const answer = await askForAdvisories(await registry({ known: {} }));
    expect(answer).toMatchObject({
      kind: 'not asked',
      reason: expect.stringContaining('minimist') as string,
    });
  });

  test.for([405, 404, 500])(
    'does not take a refusal with status %i for good news',
    async (status, { skip }) => {
      if (reason !== undefined) skip(reason);
      const answer = await askForAdvisories(await registry({ status }));
      expect(answer).toMatchObject({
        kind: 'not asked',
        reason: expect.stringMatching(new RegExp(`${status}|doesn't exist`)) as string,
      });
    },
  );

  test('does not take nobody at all for good news', async ({ skip }) => {
    if (reason !== undefined) skip(reason);
    const answer = await askForAdvisories(`http://127.0.0.1:${await freePort()}`);
    expect(answer).toMatchObject({ kind: 'not asked' });
  });
});
