/**
 * The whole system in containers, through its front door: what an operator does to it while callers go on calling. The
 * tests share one project and run in order.
 */
import { execFile } from 'node:child_process';
import { setTimeout as delay } from 'node:timers/promises';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { lookAt, postForm, predict, submit, toAnswer } from '../support/ask.ts';
import { composeUp, dashboardUser, type ComposeStack } from '../support/compose-stack.ts';
import {
  confinementOf,
  healthOf,
  imageOf,
  killProcess,
  labelOf,
  networkOf,
  relabelImage,
  startedAt,
} from '../support/containers.ts';
import { docker, hasDockerEngine } from '../support/docker.ts';
import { startLoad } from '../support/load.ts';
import { sampleScene } from '../support/pictures.ts';
import { repository } from '../support/service-process.ts';
import { waitFor } from '../support/wait-for.ts';

const run = promisify(execFile);
const project = 'shoal-e2e';
const hasEngine = await hasDockerEngine();

describe.skipIf(!hasEngine)('the Compose project on a Docker Engine', () => {
  let stack: ComposeStack;
  let scene: Buffer;

  beforeAll(async () => {
    scene = await sampleScene();
    stack = await composeUp(project);
  });

  afterAll(async () => {
    // The last test takes it down; after a failure on the way it may still stand.
    await stack?.down();
  });

  const workersOf = async (model: string) => {
    const { body } = await toAnswer(await fetch(`${stack.url}/v1/models/${model}`));
    return (body['workers'] as { id: string; state: string }[]).filter(({ state }) => state === 'ready')
      .length;
  };
  const scale = (service: string, count: number) =>
    stack.compose('up', '-d', '--no-deps', '--no-recreate', '--scale', `${service}=${count}`, service);

  test('the command line runs beside the gateway, over a folder of the host, and checks models by itself', async () => {
    const cli = ['run', '--rm', '-v', `${repository}/examples:/data:ro`, 'cli'];
    await stack.compose('--profile', 'cli', 'build', 'cli');
    const lines = (await stack.compose(...cli, 'map', '/data')).split('\n');
    const results = lines.map((line) => JSON.parse(line) as { file: string; prediction?: object });
    expect(results.map(({ prediction }) => typeof prediction)).toEqual(lines.map(() => 'object'));
    expect(results.map(({ file }) => file)).toContain('scene_2033_0_640x512.jpg');
    expect(await stack.compose(...cli, 'models')).toMatch(/^demo-yolo .* ready /m);
    const check = await stack.compose(...cli, 'models', 'check', '/models/demo-yolo', '--no-out', '--json');
    expect(JSON.parse(check)).toMatchObject({ isServable: true });
  });

  test.each(['demo-yolo', 'demo-detectron'])('%s answers through the front door', async (model) => {
    const form = await postForm(`${stack.url}/v1/predictions`, [
      ['model', model],
      ['image', scene],
    ]);
    expect(form.status).toBe(200);
    expect(form.body.detections!.length).toBeGreaterThan(1);
    expect(form.headers.get('x-request-id')).not.toBeNull();
    const old = await postForm(`${stack.url}/predictor/`, [
      ['model_type', model],
      ['file', scene],
    ]);
    expect(old).toMatchObject({ status: 200, body: { success: true } });
  });

  test('metrics and what is internal are not there from outside', async () => {
    for (const path of ['/metrics', '/internal/traefik']) {
      expect((await fetch(stack.url + path)).status).toBe(404);
    }
  });

  test.skipIf(!process.env['TRAEFIK_IMAGE'])(
    'Traefik routes to every gateway that is up, and nothing else',
    async () => {
      const address = `${stack.url}/traefik/api/rawdata`;
      expect((await fetch(address)).status).toBe(401);
      const credentials = Buffer.from(`${dashboardUser.name}:${dashboardUser.password}`).toString('base64');
      const response = await fetch(address, { headers: { authorization: `Basic ${credentials}` } });
      const { routers, services } = (await response.json()) as {
        routers: Record<string, { status: string }>;
        services: Record<string, { status?: string; serverStatus?: Record<string, string> }>;
      };
      expect(Object.values(routers).filter(({ status }) => status !== 'enabled')).toEqual([]);
      expect(Object.values(services['gateways@http']!.serverStatus!)).toEqual(['UP']);
    },
  );

  test('only the front door has published ports, and every container of ours is confined', async () => {
    const ids = (await stack.compose('ps', '-q')).split('\n');
    const containers = await Promise.all(ids.map(confinementOf));
    const published = containers.filter(({ ports }) => ports.length > 0);
    expect(published.map(({ service }) => service)).toEqual(['traefik']);
    expect(published[0]!.ports.every((address) => address === '127.0.0.1')).toBe(true);
    expect(containers.filter((container) => !container.isConfined)).toEqual([]);
  });

  test('workers are scaled 1 → 4 → 1 under load, and no request fails', async () => {
    const load = startLoad(stack.url, 'demo-yolo', scene, 6);
    await scale('worker-yolo', 4);
    await waitFor('four workers', async () => (await workersOf('demo-yolo')) === 4, 120_000);
    await scale('worker-yolo', 1);
    await waitFor('one worker', async () => (await workersOf('demo-yolo')) === 1, 120_000);
    const { sent, failures } = await load.stop();
    expect(failures).toEqual([]);
    expect(sent).toBeGreaterThan(20);
  });

  test('gateways are scaled 1 → 2 → 1 under load, and no request fails', async () => {
    const load = startLoad(stack.url, 'demo-yolo', scene, 6);
    await scale('gateway', 2);
    await waitFor('two healthy gateways', async () => (await healthy('gateway')) === 2, 120_000);
    await delay(3_000);
    await scale('gateway', 1);
    await delay(2_000);
    const { sent, failures } = await load.stop();
    expect(failures).toEqual([]);
    expect(sent).toBeGreaterThan(20);
    expect(await stack.containersOf('gateway')).toHaveLength(1);
  });

  test('a picture that killed its workers is looked at, tried again and dropped from a container of a gateway', async () => {
    const [worker] = await stack.containersOf('worker-yolo');
    await docker('pause', worker!);
    let id;
    try {
      id = await submit(stack.url, 'demo-yolo', scene);
      // What workers that died with it leave behind.
      const mark = `redis-cli hset '{shoal}:started:${id}' alone 3`;
      const password = 'REDISCLI_AUTH=$(cat /run/shoal/redis-password)';
      await stack.compose('exec', '-T', 'redis', 'sh', '-c', `${password} ${mark}`);
    } finally {
      await docker('unpause', worker!);
    }
    expect((await lookAt(stack.url, id, 20)).body).toMatchObject({ error: { code: 'model_failed' } });
    const program = 'apps/gateway/dist/quarantine.js';
    const quarantine = (...args: string[]) =>
      stack.compose('exec', '-T', 'gateway', 'node', program, ...args);
    expect(JSON.parse(await quarantine('list', '--json'))).toMatchObject([{ id, bytesKept: scene.length }]);
    expect(await quarantine('retry', id, '--wait', '60')).toContain('It succeeded');
    expect(await quarantine('drop', id)).toBe(`${id} is dropped.`);
  });

  test('every service of ours is rolled to a rebuilt image under load, and no request fails', async () => {
    const services = ['worker-yolo', 'worker-detectron', 'gateway'];
    const before = new Map(
      await Promise.all(services.map(async (name) => [name, await stack.containersOf(name)] as const)),
    );
    for (const name of services) await relabelImage(await imageOf(before.get(name)![0]!));
    const loads = ['demo-yolo', 'demo-detectron'].map((model) => startLoad(stack.url, model, scene, 3));
    await run(`${repository}/scripts/roll.sh`, services, { env: stack.composeEnvironment, cwd: repository });
    await delay(2_000);
    for (const load of loads) expect((await load.stop()).failures).toEqual([]);
    for (const name of services) {
      const [id, ...others] = await stack.containersOf(name);
      expect(others).toEqual([]);
      expect(before.get(name)).not.toContain(id);
      expect(await labelOf(id!, 'rolled')).toBe('yes');
    }
  });

  test('a worker container killed with SIGKILL under load: every request is answered', async () => {
    await scale('worker-yolo', 2);
    await waitFor('two workers', async () => (await workersOf('demo-yolo')) === 2, 120_000);
    const load = startLoad(stack.url, 'demo-yolo', scene, 6);
    await delay(1_000);
    await killProcess((await stack.containersOf('worker-yolo'))[0]!);
    await delay(8_000);
    expect((await load.stop()).failures).toEqual([]);
    await scale('worker-yolo', 1);
  });

  test('a gateway container killed with SIGKILL comes back by itself', async () => {
    const [id] = await stack.containersOf('gateway');
    const before = await startedAt(id!);
    await killProcess(id!);
    await answersAgain();
    expect(await startedAt(id!)).not.toBe(before);
  });

  test('a worker cut off from Redis: another answers, and it works again when it is healed', async () => {
    await scale('worker-yolo', 2);
    await waitFor('two workers', async () => (await workersOf('demo-yolo')) === 2, 120_000);
    const [cut] = await stack.containersOf('worker-yolo');
    const network = await networkOf(cut!);
    const load = startLoad(stack.url, 'demo-yolo', scene, 4);
    await delay(500);
    await docker('network', 'disconnect', network, cut!);
    await waitFor('one worker left', async () => (await workersOf('demo-yolo')) === 1, 60_000);
    await delay(6_000);
    await docker('network', 'connect', network, cut!);
    await waitFor('both workers again', async () => (await workersOf('demo-yolo')) === 2, 90_000);
    expect((await load.stop()).failures).toEqual([]);
    await scale('worker-yolo', 1);
  });

  test('Redis restarts with its file: what was accepted is answered', async () => {
    await stack.compose('stop', 'worker-detectron');
    const accepted = predict(stack.url, 'demo-detectron', scene);
    // The file is written by the second.
    await delay(2_500);
    await stack.compose('restart', 'redis');
    await stack.compose('start', 'worker-detectron');
    expect((await accepted).status).toBe(200);
    await answersAgain();
  });

  test('with no gateway up the front door says 503', async () => {
    await stack.compose('stop', 'gateway');
    const refused = await waitFor('a refusal', async () => {
      const response = await fetch(`${stack.url}/v1/models`);
      return response.status === 200 ? undefined : response.status;
    });
    expect(refused).toBe(503);
    await stack.compose('start', 'gateway');
    await answersAgain();
  });

  test('down leaves nothing', async () => {
    expect(await stack.down()).toEqual([]);
  });

  async function answersAgain(): Promise<void> {
    await waitFor(
      'an answer again',
      async () => (await predict(stack.url, 'demo-yolo', scene)).status === 200,
      90_000,
    );
  }

  async function healthy(service: string): Promise<number> {
    const states = await Promise.all((await stack.containersOf(service)).map(healthOf));
    return states.filter((state) => state === 'healthy').length;
  }
});
