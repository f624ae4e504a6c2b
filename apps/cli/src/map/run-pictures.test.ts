import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { ShoalClient } from '@shoal/client';
import { afterEach, beforeEach, describe, expect, onTestFinished, test } from 'vitest';
import { walkPictures } from '../pictures/walk-pictures.ts';
import type { RequestOptions } from '../prediction-options.ts';
import type { JournalEntry } from './journal-entry.ts';
import { runPictures } from './run-pictures.ts';
import { Tally } from './tally.ts';

let folder: string;
beforeEach(() => void (folder = mkdtempSync(join(tmpdir(), 'shoal-run-'))));
afterEach(() => rmSync(folder, { recursive: true }));

interface Posted {
  readonly prefer: string | undefined;
  readonly body: string;
}

/** A server that answers each picture by what is written in it. */
async function serverThat(answer: (body: string) => { status: number; body: object }) {
  const posted: Posted[] = [];
  const handle = async (request: IncomingMessage) => {
    const body = await text(request);
    posted.push({ prefer: request.headers.prefer as string | undefined, body });
    return answer(body);
  };
  const server = createServer((request, response) => {
    void handle(request).then(({ status, body }) =>
      response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body)),
    );
  }).listen(0, '127.0.0.1');
  await new Promise((resolve) => server.once('listening', resolve));
  onTestFinished(() => {
    server.close().closeAllConnections();
  });
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, posted };
}

const found = {
  id: '01a1f8b1-65d3-72e5-8df1-05f09672dc52',
  status: 'succeeded',
  task: 'detection',
  model: { name: 'reef', version: 'v1' },
  device: 'cpu',
  image: { width: 4, height: 4 },
  detections: [{ label: 'fish', classId: 0, score: 0.9, box: { x1: 0, y1: 0, x2: 1, y2: 1 } }],
  timings: { queueMs: 0, decodeMs: 0, batchMs: 0, inferMs: 0, unpackMs: 0, totalMs: 0 },
};
const refused = (code: string) => ({ error: { code, message: `it is ${code}` } });

async function run(url: string, options: RequestOptions = {}) {
  const entries: JournalEntry[] = [];
  const tally = new Tally();
  const outcome = await runPictures(walkPictures(folder), {
    client: new ShoalClient({ url }),
    url,
    model: { name: 'reef' },
    options,
    folder: '/nas',
    concurrency: 2,
    patienceMs: 10_000,
    sink: { add: (entry) => void entries.push(entry), close: () => {} },
    tally,
    signal: new AbortController().signal,
  }).then(
    () => undefined,
    (error: unknown) => error,
  );
  return { entries: entries.toSorted((a, b) => (a.file < b.file ? -1 : 1)), tally, outcome };
}

const put = (...names: readonly string[]): void => {
  for (const name of names) writeFileSync(join(folder, name), name);
};

describe('pictures of a folder', () => {
  test('are sent with no hurry, and not waited for, with what was asked of the model', async () => {
    put('a.jpg');
    const { url, posted } = await serverThat(() => ({ status: 200, body: found }));
    const { entries, outcome } = await run(url, { minScore: 0.3, allowTruncated: true });
    expect(outcome).toBeUndefined();
    expect(posted).toHaveLength(1);
    expect(posted[0]?.prefer).toMatch(/respond-async|wait=/);
    const field = (name: string): string | undefined =>
      new RegExp(`name="${name}"\r\n\r\n(.*)\r\n`).exec(posted[0]?.body ?? '')?.[1];
    expect([field('priority'), field('model'), field('minScore'), field('allowTruncated')]).toEqual([
      'low',
      'reef',
      '0.3',
      'true',
    ]);
    expect(entries).toEqual([
      { file: 'a.jpg', folder: '/nas', options: { minScore: 0.3, allowTruncated: true }, prediction: found },
    ]);
  });

  test('fail one by one, and are counted by what was wrong', async () => {
    put('a.jpg', 'bad.jpg', 'c.jpg');
    const { url } = await serverThat((body) =>
      body.includes('bad.jpg\r\n')
        ? { status: 422, body: refused('image_undecodable') }
        : { status: 200, body: found },
    );
    const { entries, tally, outcome } = await run(url);
    expect(outcome).toBeUndefined();
    expect(entries[1]).toEqual({
      file: 'bad.jpg',
      folder: '/nas',
      model: 'reef',
      error: { code: 'image_undecodable', message: 'it is image_undecodable' },
    });
    expect([tally.answered, tally.failed, [...tally.failures]]).toEqual([2, 1, [['image_undecodable', 1]]]);
    expect([...tally.detections]).toEqual([['fish', 2]]);
  });

  test.each([
    ['unauthorized', 401, 3],
    ['model_unknown', 404, 2],
    ['options_invalid', 400, 2],
  ])('stop at once where every one of them would be %s', async (code, status, exit) => {
    put(...Array.from({ length: 20 }, (_, index) => `${index}.jpg`));
    const { url, posted } = await serverThat(() => ({ status, body: refused(code) }));
    const { entries, outcome } = await run(url);
    expect(outcome).toMatchObject({ status: exit, message: expect.stringContaining(`it is ${code}`) });
    expect(entries).toEqual([]);
    expect(posted.length).toBeLessThan(20);
  });
});
