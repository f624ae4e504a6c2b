/** What `npm run build` makes, started as the images start it: from `dist`, with packages in one folder above. */
import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, readdirSync, rmSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { freePort } from '../../scripts/redis/ports.ts';
import { predict } from '../support/ask.ts';
import { environmentOf, typeQuarantine } from '../support/operator.ts';
import { sampleScene } from '../support/pictures.ts';
import { startRedis, type TestRedis } from '../support/redis.ts';
import { ServiceProcess, repository } from '../support/service-process.ts';
import { waitFor } from '../support/wait-for.ts';

const folder = mkdtempSync(path.join(tmpdir(), 'shoal-built-'));
const home = path.join(folder, 'home');
const services: ServiceProcess[] = [];
let redis: TestRedis;
let url: string;

function start(app: string, env: Readonly<Record<string, string>>): ServiceProcess {
  const main = path.join(folder, 'apps', app, 'dist', 'main.js');
  const service = new ServiceProcess(path.relative(repository, main), {
    REDIS_URL: redis.url,
    SHOAL_QUEUE_BYTES_MAX: '150000000',
    SHOAL_MODEL_BYTES_MAX: '100000000',
    MODELS_DIR: path.join(repository, 'models'),
    HOME: home,
    ...env,
  });
  services.push(service);
  return service;
}

/** Into the one folder that everything built looks in, as in the images. */
function linkPackagesOf(owner: string): void {
  const from = path.join(repository, owner, 'node_modules');
  const manifest = readFileSync(path.join(repository, owner, 'package.json'), 'utf8');
  for (const name of Object.keys((JSON.parse(manifest) as { dependencies: object }).dependencies)) {
    const to = path.join(folder, 'node_modules', name);
    if (name.startsWith('@shoal/') || existsSync(to)) continue;
    mkdirSync(path.dirname(to), { recursive: true });
    symlinkSync(path.join(from, name), to);
  }
}

beforeAll(async () => {
  execFileSync(process.execPath, ['scripts/build-services.ts', '--out', folder], { cwd: repository });
  mkdirSync(home);
  for (const owner of ['apps/gateway', 'packages/shared', 'packages/worker-runtime']) linkPackagesOf(owner);
  redis = await startRedis();
  const port = await freePort();
  url = `http://127.0.0.1:${port}`;
  const gateway = start('gateway', { PORT: String(port) });
  const worker = start('worker-yolo', { MODEL: 'demo-yolo' });
  await waitFor('the built services', async () => {
    if (!gateway.isRunning || !worker.isRunning) throw new Error(gateway.text + worker.text);
    const response = await fetch(`${url}/v1/models/demo-yolo`).catch(() => undefined);
    return response?.ok && ((await response.json()) as { state: string }).state === 'ready';
  });
});

afterAll(async () => {
  await Promise.all(services.map((service) => service.kill()));
  await redis.stop();
  rmSync(folder, { recursive: true });
});

test('the built gateway and worker find the shapes of a sample scene', async () => {
  const { status, body } = await predict(url, 'demo-yolo', await sampleScene());
  expect(status).toBe(200);
  expect(body.detections?.length).toBeGreaterThan(0);
  for (const { label } of body.detections ?? []) expect(['circle', 'square', 'triangle']).toContain(label);
});

test('the built gateway describes itself, to programs and to people', async () => {
  expect(await (await fetch(`${url}/openapi.json`)).json()).toHaveProperty('openapi');
  expect(await (await fetch(`${url}/docs`)).text()).toContain('<title>Shoal API</title>');
});

test('the gateway’s folder has the operator’s program beside the service', async () => {
  const program = path.join(folder, 'apps', 'gateway', 'dist', 'quarantine.js');
  const env = environmentOf({ url, redis });
  expect(await typeQuarantine(['list', '--json'], { program, env, folder })).toMatchObject({
    status: 0,
    output: Buffer.from('[]\n'),
    words: '',
  });
});

test('the runtime keeps no record of this machine to report to its maker', () => {
  expect(readdirSync(home)).toEqual([]);
});

test('at SIGTERM the built services end in order', async () => {
  for (const service of services) service.signal('SIGTERM');
  expect(await Promise.all(services.map((service) => service.ended()))).toEqual([0, 0]);
});
