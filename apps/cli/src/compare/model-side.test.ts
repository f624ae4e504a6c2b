/** Against a stand-in for a server that answers as it is told: a real one cannot be made to refuse in the middle. */
import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { exitStatus } from '../exit-status.ts';
import type { FoundPicture } from '../pictures/walk-pictures.ts';
import { openModelSide } from './model-side.ts';
import type { PictureAnswer } from './side.ts';

const reef = {
  name: 'reef',
  title: 'Reef',
  aliases: [],
  task: 'detection',
  version: '7',
  labels: ['fish'],
  defaults: { minScore: 0.25, iou: 0.45, maxDetections: 300, classAgnostic: false },
  input: {},
  state: 'ready',
  workers: [],
  queue: { waiting: 0, active: 0, oldestMs: 0 },
};

let server: Server;
let url: string;
let answer: { readonly status: number; readonly code: string; readonly message: string };

beforeEach(async () => {
  server = createServer((request, response) => {
    request.resume().on('end', () => {
      const isModel = request.url?.startsWith('/v1/models/') === true;
      const body = isModel ? reef : { error: { code: answer.code, message: answer.message } };
      response.writeHead(isModel ? 200 : answer.status, { 'Content-Type': 'application/json' });
      response.end(JSON.stringify(body));
    });
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
});
afterEach(() => {
  server.closeAllConnections();
  server.close();
});

const path = fileURLToPath(import.meta.url);
async function* pictures(): AsyncGenerator<FoundPicture> {
  for (const name of ['a.jpg', 'deep/b.jpg']) yield { name, path };
}

async function answers(): Promise<PictureAnswer[]> {
  const side = await openModelSide({ name: 'reef', server: { url }, minScore: undefined, concurrency: 1 });
  expect(side.title).toBe(`reef 7 at ${url}`);
  const list: PictureAnswer[] = [];
  for await (const one of side.answers(pictures(), new AbortController().signal)) list.push(one);
  return list;
}

test('a picture that is refused fails alone', async () => {
  answer = { status: 422, code: 'image_undecodable', message: 'its data are broken' };
  expect(await answers()).toEqual([
    { file: 'a.jpg', problem: 'its data are broken' },
    { file: 'deep/b.jpg', problem: 'its data are broken' },
  ]);
});

test('a server that takes nothing from us ends the comparison, in words', async () => {
  answer = { status: 401, code: 'unauthorized', message: 'an API key is needed' };
  await expect(answers()).rejects.toMatchObject({ name: 'CommandError', status: exitStatus.unreachable });
  await expect(answers()).rejects.toThrow(/an API key is needed.*SHOAL_API_KEY/);
});
