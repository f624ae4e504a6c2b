/**
 * A small project for the launcher's own tests: a gateway and workers of a few lines that keep the launcher's side of the
 * bargain (settings from the environment, `/internal/models`, SIGTERM, the channel) and write down what happens to them.
 * Redis is a real one.
 */
import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { findRedis } from '../redis/find-redis.ts';
import { freePort } from '../redis/ports.ts';

const here = dirname(fileURLToPath(import.meta.url));
const realRoot = dirname(dirname(here));

const gatewaySource = `
import { createServer } from 'node:http';
import { appendFileSync, existsSync } from 'node:fs';
const note = (text) => appendFileSync('events.log', text + '\\n');
note('gateway started ' + process.pid);
const names = ['one', 'two'];
createServer((request, response) => {
  const models = names
    .filter((name) => existsSync('ready-' + name))
    .map((name) => ({ name, state: 'ready', workers: [{ id: name, device: 'cpu', state: 'ready' }] }));
  response.end(JSON.stringify({ models }));
}).listen(Number(process.env.PORT), process.env.HOST, () => process.send({ type: 'ready' }));
const end = () => setTimeout(() => { note('gateway stopped'); process.exit(0); }, 100);
process.on('SIGTERM', end);
process.on('disconnect', end);
`;

const workerSource = `
import { connect } from 'node:net';
import { appendFileSync, existsSync, writeFileSync } from 'node:fs';
const name = process.env.MODEL;
const note = (text) => appendFileSync('events.log', text + '\\n');
note(name + ' started ' + process.pid);
if (existsSync('broken-' + name)) {
  console.log(JSON.stringify({ level: 'fatal', msg: name + ': the weights are torn' }));
  process.exit(1);
}
const become = () => {
  if (existsSync('slow-' + name)) return;
  clearInterval(timer);
  writeFileSync('ready-' + name, '');
  process.send({ type: 'ready' });
};
const timer = setInterval(become, 50);
become();
process.on('SIGUSR2', () => process.exit(1));
setInterval(() => undefined, 1000);
const end = () => {
  const { hostname, port } = new URL(process.env.REDIS_URL);
  const socket = connect(Number(port), hostname);
  const leave = (redis) => setTimeout(() => { note(name + ' stopped, Redis ' + redis); process.exit(0); }, 100);
  socket.on('connect', () => leave('there'));
  socket.on('error', () => leave('gone'));
};
process.on('SIGTERM', end);
process.on('disconnect', end);
`;

export interface StandInProject {
  readonly root: string;
  readonly port: number;
  /** Starts the launcher on it. */
  launch(env?: NodeJS.ProcessEnv): LauncherRun;
  /** What happened to the services, in order. */
  events(): string[];
  /** Process ids from lines such as `gateway started 123`, the newest last. */
  pidsOf(name: string): number[];
  write(file: string, text?: string): void;
  remove(): void;
}

export interface LauncherRun {
  readonly process: ChildProcess;
  readonly ended: Promise<number | null>;
  output(): string;
  /** Resolves when the output holds `text`; throws with the output after `withinMs`. */
  says(text: string, withinMs?: number): Promise<void>;
}

export async function makeStandInProject(): Promise<StandInProject> {
  const root = mkdtempSync(join(tmpdir(), 'shoal-stand-in-'));
  const write = (file: string, text = ''): void => {
    mkdirSync(dirname(join(root, file)), { recursive: true });
    writeFileSync(join(root, file), text);
  };
  write('package.json', '{"type":"module"}');
  write('apps/gateway/src/main.ts', gatewaySource);
  write('apps/worker-yolo/src/main.ts', workerSource);
  for (const name of ['one', 'two']) {
    write(`models/${name}/model.yaml`, `name: ${name}\nadapter: yolo\n`);
    write(`models/${name}/model.onnx`, 'weights');
  }
  write('examples/scene one.png');
  const source = await findRedis(join(realRoot, '.data'), () => undefined);
  mkdirSync(join(root, '.data'));
  if (source.kind === 'program' && source.libraryPath !== undefined) {
    symlinkSync(join(realRoot, '.data', 'redis-package'), join(root, '.data', 'redis-package'));
  }
  const port = await freePort();
  const events = (): string[] =>
    existsSync(join(root, 'events.log'))
      ? readFileSync(join(root, 'events.log'), 'utf8').trimEnd().split('\n')
      : [];
  return {
    root,
    port,
    write,
    events,
    launch: (env = {}) => runLauncher(root, { PORT: String(port), ...env }),
    pidsOf: (name) =>
      events()
        .filter((line) => line.startsWith(`${name} started `))
        .map((line) => Number(line.split(' ').at(-1))),
    remove: () => rmSync(root, { recursive: true, force: true, maxRetries: 3 }),
  };
}

function runLauncher(root: string, env: NodeJS.ProcessEnv): LauncherRun {
  const child = spawn(process.execPath, [join(here, 'main.ts'), root], {
    cwd: root,
    env: { PATH: process.env['PATH'], HOME: process.env['HOME'], ...env },
    // A group of its own, so that a test can do what Ctrl-C does: signal all of it.
    detached: true,
    stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
  });
  let text = '';
  for (const stream of [child.stdout!, child.stderr!]) stream.on('data', (chunk) => (text += String(chunk)));
  const ended = new Promise<number | null>((done) => {
    // Not 'close', which never comes after the channel was closed from this side.
    child.once('exit', (code) => done(code));
  });
  return {
    process: child,
    ended,
    output: () => text,
    says: async (wanted, withinMs = 15_000) => {
      const deadline = performance.now() + withinMs;
      while (!text.includes(wanted)) {
        if (performance.now() > deadline) throw new Error(`"${wanted}" was not said, but:\n${text}`);
        await delay(20);
      }
    },
  };
}
