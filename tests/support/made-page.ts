/**
 * The built page under the gateway's own content security policy, with a model and answers that are made by the test: no
 * model at hand finds two thousand things. It checks no answer; tests of the API do.
 */
import { readFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import path from 'node:path';
import { buildPage } from './built-page.ts';
import { repository } from './service-process.ts';

export const size = { width: 600, height: 400 };

export interface Found {
  readonly label: string;
  readonly classId: number;
  readonly score: number;
  readonly box: { readonly x1: number; readonly y1: number; readonly x2: number; readonly y2: number };
}

export const found = (
  label: string,
  classId: number,
  score: number,
  x: number,
  y: number,
  side = 60,
): Found => ({ label, classId, score, box: { x1: x, y1: y, x2: x + side, y2: y + side } });

export const three: readonly Found[] = [
  found('crab', 0, 0.9, 60, 60),
  found('eel', 1, 0.8, 300, 200),
  found('crab', 0, 0.3, 500, 300),
];

export interface Refusal {
  readonly status: number;
  readonly code: string;
  readonly message: string;
}

export interface MadePage {
  readonly url: string;
  /** What the next pictures are answered with. */
  answer: readonly Found[] | Refusal;
  stop(): Promise<void>;
}

const model = {
  name: 'benthic',
  title: 'Benthic',
  aliases: [],
  task: 'detection',
  version: '7',
  labels: ['crab', 'eel'],
  defaults: { minScore: 0.25, iou: 0.45, maxDetections: 5_000, classAgnostic: false },
  input: {},
  state: 'ready',
  workers: [{ id: 'one', device: 'cpu', state: 'ready' }],
  queue: { waiting: 0, active: 0, oldestMs: 0 },
};

const mediaTypes: Readonly<Record<string, string>> = {
  '.html': 'text/html',
  '.js': 'text/javascript',
  '.css': 'text/css',
  '.svg': 'image/svg+xml',
  '.webp': 'image/webp',
};

/** @param prefix what the page lies below, as in `/model/v1` */
export async function startMadePage(prefix = ''): Promise<MadePage> {
  const folder = await buildPage();
  const policy = await gatewayPolicy();
  const made = { answer: three as MadePage['answer'] };
  const server = createServer((request, response) => {
    const { pathname } = new URL(request.url ?? '/', 'http://page');
    // As a front door does: what is not below the prefix is somebody else's.
    if (!pathname.startsWith(`${prefix}/`)) return void response.writeHead(404).end();
    const place = pathname.slice(prefix.length);
    if (place.startsWith('/v1/')) {
      request.resume().on('end', () => {
        const { status, body } = place === '/v1/models' ? ok({ models: [model] }) : said(made.answer);
        response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body));
      });
      return undefined;
    }
    const file = path.join(folder, place === '/' ? 'index.html' : place);
    readFile(file)
      .then((bytes) => {
        response.setHeader('content-type', mediaTypes[path.extname(file)] ?? 'application/octet-stream');
        response.setHeader('content-security-policy', policy);
        return response.end(bytes);
      })
      .catch(() => response.writeHead(404).end());
    return undefined;
  });
  await new Promise<void>((resolve) => void server.listen(0, '127.0.0.1', resolve));
  return Object.assign(made, {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}${prefix}/`,
    async stop() {
      server.closeAllConnections();
      await new Promise((resolve) => void server.close(resolve));
    },
  });
}

const ok = (body: object) => ({ status: 200, body });

function said(answer: MadePage['answer']): { readonly status: number; readonly body: object } {
  if ('code' in answer) return { status: answer.status, body: { error: answer } };
  return ok({
    id: '01990000-0000-7000-8000-000000000000',
    status: 'succeeded',
    task: 'detection',
    model: { name: 'benthic', version: '7' },
    device: 'cpu',
    image: size,
    detections: answer,
    timings: { queueMs: 1, decodeMs: 2, batchMs: 0, inferMs: 6, unpackMs: 1, totalMs: 10 },
  });
}

async function gatewayPolicy(): Promise<string> {
  const source = await readFile(path.join(repository, 'apps/gateway/src/routes/page.ts'), 'utf8');
  const [, list = ''] = /contentSecurityPolicy = \[([^\]]+)\]/.exec(source) ?? [];
  const rules = [...list.matchAll(/"([^"]+)"/g)].map(([, rule]) => rule!);
  if (!rules.includes("style-src 'self'")) throw new Error('the policy of the page is not where it was');
  return rules.join('; ');
}
