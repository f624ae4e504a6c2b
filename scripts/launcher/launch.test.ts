/** The launcher as a process, with stand-ins for the services and a real Redis. */
import { connect, createServer } from 'node:net';
import { existsSync, rmSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { text } from 'node:stream/consumers';
import { setTimeout as delay } from 'node:timers/promises';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { commandOf } from './process-command.ts';
import { makeStandInProject } from './stand-in-project.ts';
import type { LauncherRun, StandInProject } from './stand-in-project.ts';

let project: StandInProject;
let runs: LauncherRun[];

beforeEach(async () => {
  project = await makeStandInProject();
  runs = [];
});

afterEach(async () => {
  for (const run of runs) {
    run.process.kill('SIGTERM');
    await run.ended;
  }
  project.remove();
});

function launch(env?: NodeJS.ProcessEnv): LauncherRun {
  const run = project.launch(env);
  runs.push(run);
  return run;
}

const redisPidFile = (): string => join(project.root, '.data', `redis-${project.port}`, 'redis.pid');

async function redisPid(): Promise<number> {
  return Number((await readFile(redisPidFile(), 'utf8')).split(' ')[0]);
}

/** One command to the project's Redis, with the port and password of its configuration file. */
async function askRedis(command: string): Promise<string> {
  const configuration = await readFile(join(dirname(redisPidFile()), 'redis.conf'), 'utf8');
  const port = Number(/^port (\d+)$/m.exec(configuration)![1]);
  const password = /^requirepass (\w+)$/m.exec(configuration)![1];
  const socket = connect(port, '127.0.0.1');
  socket.write(`AUTH ${password}\r\n${command}\r\nQUIT\r\n`);
  return text(socket);
}

async function isGone(pid: number, withinMs = 5_000): Promise<boolean> {
  const deadline = performance.now() + withinMs;
  while (commandOf(pid) !== undefined) {
    if (performance.now() > deadline) return false;
    await delay(20);
  }
  return true;
}

test('it says the address, every model with its device, and a curl line for a picture that exists', async () => {
  const run = launch();
  await run.says('Ctrl-C stops it.');
  expect(run.output()).toContain(`Shoal is ready at http://127.0.0.1:${project.port}`);
  expect(run.output()).toMatch(/one {2}cpu {2}ready\n\s+two {2}cpu {2}ready/);
  expect(run.output()).toContain(
    `curl -F model=one -F 'image=@examples/scene one.png' http://127.0.0.1:${project.port}/v1/predictions`,
  );
});

test("each process's command line names its app's folder", async () => {
  await launch().says('Shoal is ready');
  expect(commandOf(project.pidsOf('gateway')[0]!)).toContain('apps/gateway/');
  expect(commandOf(project.pidsOf('one')[0]!)).toContain('apps/worker-yolo/');
});

test.each(['SIGINT', 'SIGTERM', 'SIGHUP'] as const)(
  '%s stops the gateway, the workers, then Redis, and nothing is left running',
  async (signal) => {
    const run = launch();
    await run.says('Shoal is ready');
    const redis = await redisPid();
    const services = ['gateway', 'one', 'two'].map((name) => project.pidsOf(name)[0]!);
    // As a terminal does it: to every process of the group.
    process.kill(-run.process.pid!, signal);
    expect(await run.ended).toBe(0);
    const stops = project.events().filter((line) => line.includes('stopped'));
    expect(stops[0]).toBe('gateway stopped');
    expect(stops.slice(1).toSorted()).toEqual(['one stopped, Redis there', 'two stopped, Redis there']);
    for (const pid of [...services, redis]) expect(commandOf(pid)).toBeUndefined();
    expect(existsSync(redisPidFile())).toBe(false);
  },
);

test('only the models that are asked for are started', async () => {
  const run = launch({ MODELS: 'two' });
  await run.says('Shoal is ready');
  expect(project.pidsOf('one')).toEqual([]);
});

test('a .env file fills in what the environment leaves open, and no more', async () => {
  project.write('.env', `MODELS=two\nPORT=1\n`);
  const run = launch();
  await run.says('Shoal is ready');
  expect(run.output()).toContain(`:${project.port}`);
  expect(project.pidsOf('one')).toEqual([]);
});

test('a taken port is said with another one to choose, and nothing is started', async () => {
  const holder = createServer().listen(project.port, '127.0.0.1');
  try {
    const run = launch();
    expect(await run.ended).toBe(1);
    expect(run.output()).toMatch(
      new RegExp(`Port ${project.port} on 127.0.0.1 is taken by another program.*PORT=\\d+ npm start`),
    );
    expect(project.events()).toEqual([]);
    expect(existsSync(redisPidFile())).toBe(false);
  } finally {
    holder.close();
  }
});

test("a worker that ends before it is ready stops everything, with the worker's own sentence", async () => {
  project.write('broken-two');
  const run = launch();
  expect(await run.ended).toBe(1);
  expect(run.output()).toContain('worker two: error: two: the weights are torn');
  expect(run.output()).toContain('The worker two ended before it was ready (exit code 1).');
  for (const pid of [...project.pidsOf('gateway'), ...project.pidsOf('one')])
    expect(commandOf(pid)).toBeUndefined();
  expect(existsSync(redisPidFile())).toBe(false);
});

test('a broken model folder is said before anything is started', async () => {
  project.write('models/two/model.yaml', 'adapter: [');
  const run = launch();
  expect(await run.ended).toBe(1);
  expect(run.output()).toContain('The model two is broken.');
  expect(run.output()).toContain('MODELS=one npm start');
  expect(project.events()).toEqual([]);
});

test('a worker that was ready and is killed is started again at once', async () => {
  const run = launch();
  await run.says('Shoal is ready');
  process.kill(project.pidsOf('one')[0]!, 'SIGKILL');
  await run.says('worker one ended (SIGKILL); starting it again.');
  await run.says('worker one is ready again.');
  expect(project.pidsOf('one')).toHaveLength(2);
});

test('a worker that was ready and ends itself is started again at once', async () => {
  const run = launch();
  await run.says('Shoal is ready');
  process.kill(project.pidsOf('one')[0]!, 'SIGUSR2');
  await run.says('worker one ended (exit code 1); starting it again.');
  await run.says('worker one is ready again.');
  expect(project.pidsOf('one')).toHaveLength(2);
});

test('a gateway that is killed again and again is started again at once, each time', async () => {
  const run = launch();
  await run.says('Shoal is ready');
  for (let kills = 1; kills <= 3; kills += 1) {
    process.kill(project.pidsOf('gateway').at(-1)!, 'SIGKILL');
    await expect
      .poll(() => run.output().split('gateway is ready again.').length - 1, { timeout: 10_000 })
      .toBe(kills);
  }
  expect(run.output().split('gateway ended (SIGKILL); starting it again.')).toHaveLength(4);
});

test('what was ready and dies while others are still loading is started again, and the start goes on', async () => {
  project.write('slow-two');
  const run = launch();
  await expect.poll(() => existsSync(join(project.root, 'ready-one')), { timeout: 10_000 }).toBe(true);
  process.kill(project.pidsOf('one')[0]!, 'SIGKILL');
  await run.says('worker one ended (SIGKILL); starting it again.');
  rmSync(join(project.root, 'slow-two'));
  await run.says('Shoal is ready');
});

test('a worker that keeps dying before it is ready is started again later and later', async () => {
  const run = launch();
  await run.says('Shoal is ready');
  project.write('broken-one');
  process.kill(project.pidsOf('one')[0]!, 'SIGKILL');
  await run.says('worker one ended before it was ready (exit code 1); starting it again in 0.5 s.');
  await run.says('worker one ended before it was ready (exit code 1); starting it again in 1 s.');
  expect(project.pidsOf('one').length).toBeGreaterThanOrEqual(3);
});

test('a Redis that is killed is started again on the same port with what it held', async () => {
  const run = launch();
  await run.says('Shoal is ready');
  const before = await redisPid();
  expect(await askRedis('SET kept yes')).toContain('+OK');
  process.kill(before, 'SIGKILL');
  await run.says('Redis ended (SIGKILL); starting it again.');
  await run.says('Redis is ready again.');
  expect(await redisPid()).not.toBe(before);
  expect(await askRedis('GET kept')).toContain('yes');
});

test('when the launcher is killed, the services notice and nothing is left running', async () => {
  const run = launch();
  await run.says('Shoal is ready');
  const redis = await redisPid();
  run.process.kill('SIGKILL');
  await run.ended;
  for (const name of ['gateway', 'one', 'two']) expect(await isGone(project.pidsOf(name)[0]!)).toBe(true);
  const again = launch();
  await again.says('Shoal is ready');
  expect(commandOf(redis)).toBeUndefined();
});

test('when the start script is killed, the launcher stops everything in order', async () => {
  const run = launch();
  await run.says('Shoal is ready');
  run.process.disconnect();
  expect(await run.ended).toBe(0);
  expect(project.events().find((line) => line.includes('stopped'))).toBe('gateway stopped');
});

test('a second start with the same Redis folder is refused while the first one lives', async () => {
  const run = launch();
  await run.says('Shoal is ready');
  const other = launch({ HOST: '127.0.0.2' });
  expect(await other.ended).toBe(1);
  expect(other.output()).toContain('choose another PORT');
  expect(commandOf(await redisPid())).toBeDefined();
});
