/**
 * `npm start` as a person uses it: typed in the checkout, its curl line pasted into a shell, ended with Ctrl-C. The demo
 * models, the private Redis and the page are the real ones.
 */
import { execFile, spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { existsSync, readFileSync, readdirSync, rmSync } from 'node:fs';
import { createServer } from 'node:net';
import { dirname, join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { commandOf } from '../../scripts/launcher/process-command.ts';
import { freePort } from '../../scripts/redis/ports.ts';

const run = promisify(execFile);
const root = dirname(dirname(dirname(fileURLToPath(import.meta.url))));
/** Every process that comes from this test carries it in its environment. */
const mark = `NPM_START_TEST=${randomUUID()}`;
const readyWithinMs = 90_000;
const stopWithinMs = 20_000;
let port: number;

interface Start {
  readonly process: ChildProcess;
  readonly ended: Promise<number | null>;
  readonly output: () => string;
}

/** In a process group of its own, as a terminal would run it. */
function npmStart(): Start {
  const [name, value] = mark.split('=') as [string, string];
  const child = spawn('npm', ['start'], {
    cwd: root,
    env: { ...process.env, PORT: String(port), [name]: value },
    detached: true,
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let text = '';
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (chunk) => (text += String(chunk)));
  const ended = new Promise<number | null>((done) => {
    child.once('close', (code) => done(code));
  });
  return { process: child, ended, output: () => text };
}

async function whenReady(start: Start): Promise<void> {
  const deadline = performance.now() + readyWithinMs;
  let hasEnded = false;
  void start.ended.then(() => (hasEnded = true));
  while (!start.output().includes('Ctrl-C stops it.')) {
    if (hasEnded || performance.now() > deadline)
      throw new Error(`npm start did not become ready:\n${start.output()}`);
    await delay(20);
  }
}

/** What the terminal does: the signal goes to every process of its foreground group. */
function pressCtrlC(start: Start): void {
  process.kill(-start.process.pid!, 'SIGINT');
}

/** Redis overwrites its environment with its title, so it is found by the launcher's note of it. */
function redisPid(): number {
  return Number(readFileSync(join(root, '.data', `redis-${port}`, 'redis.pid'), 'utf8').split(' ')[0]);
}

/** Command lines of the processes that came from this test. */
function markedProcesses(): string[] {
  if (!existsSync('/proc/self')) return [];
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .flatMap((pid) => {
      try {
        if (!readFileSync(`/proc/${pid}/environ`, 'utf8').split('\0').includes(mark)) return [];
        return [readFileSync(`/proc/${pid}/cmdline`, 'utf8').replaceAll('\0', ' ')];
      } catch {
        return [];
      }
    });
}

beforeAll(async () => {
  port = await freePort();
});

afterAll(() => {
  for (const name of [`redis-${port}`, `logs-${port}`]) {
    rmSync(join(root, '.data', name), { recursive: true, force: true });
  }
});

describe('npm start', () => {
  let start: Start;

  beforeAll(async () => {
    start = npmStart();
    await whenReady(start);
  }, readyWithinMs);

  afterAll(async () => {
    if (start.process.exitCode === null) pressCtrlC(start);
    await start.ended;
  }, stopWithinMs);

  test('says the address and every demo model with its device', () => {
    expect(start.output()).toContain(`Shoal is ready at http://127.0.0.1:${port}`);
    expect(start.output()).toMatch(/demo-detectron +cpu +ready/);
    expect(start.output()).toMatch(/demo-yolo +cpu +ready/);
  });

  test('complains of nothing', () => {
    expect(start.output()).not.toMatch(/warning|error/i);
  });

  test('has a private Redis that the operator’s commands find by the port', async () => {
    const { stdout, stderr } = await run('npm', ['run', '--silent', 'quarantine', '--', 'list'], {
      cwd: root,
      env: { ...process.env, PORT: String(port) },
    });
    expect([stdout, stderr]).toEqual(['Nothing is in quarantine.\n', '']);
  });

  test('prints a curl line that finds something as it is pasted', async () => {
    const line = /^ +(curl .*)$/m.exec(start.output())![1]!;
    const { stdout } = await run('sh', ['-c', line], { cwd: root });
    const answer = JSON.parse(stdout) as { status: string; detections: unknown[] };
    expect(answer.status).toBe('succeeded');
    expect(answer.detections.length).toBeGreaterThan(0);
  });

  test('serves the page at the address it says', async () => {
    const page = await fetch(`http://127.0.0.1:${port}/`);
    expect(page.status).toBe(200);
    expect(await page.text()).toContain('<html');
  });

  test.runIf(existsSync('/proc/self'))('runs one gateway and one worker per model, by their folders', () => {
    const commands = markedProcesses();
    for (const part of ['apps/gateway/', 'apps/worker-yolo/', 'apps/worker-detectron/']) {
      expect(commands.filter((command) => command.includes(part))).toHaveLength(1);
    }
  });

  test('a second one beside it on the same port says so and leaves the first alone', async () => {
    const second = npmStart();
    expect(await second.ended).not.toBe(0);
    expect(second.output()).toContain(`Port ${port} on 127.0.0.1 is taken`);
    expect((await fetch(`http://127.0.0.1:${port}/readyz`)).status).toBe(200);
  });

  test('ends with Ctrl-C, in order, and nothing of it is left', async () => {
    const redis = redisPid();
    expect(commandOf(redis)).toMatch(/redis|valkey/);
    pressCtrlC(start);
    await start.ended;
    expect(commandOf(redis)).toBeUndefined();
    expect(start.output().trimEnd()).toMatch(/Stopped\.$/);
    expect(markedProcesses()).toEqual([]);
    const listener = createServer().listen(port, '127.0.0.1');
    await new Promise((done, failed) => {
      listener.once('listening', done).once('error', failed);
    });
    listener.close();
  });

  test('starts again with what it held, quickly', async () => {
    const startedAt = performance.now();
    start = npmStart();
    await whenReady(start);
    // Measured, not demanded: the machine may be busy with other tests.
    console.info(`npm start was ready again after ${Math.round(performance.now() - startedAt)} ms`);
    expect(start.output()).not.toContain('Setting up');
  });
});
