/** The watchdog of real processes, with a clock that is faster than in earnest. */
import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { text } from 'node:stream/consumers';
import { setTimeout as sleep } from 'node:timers/promises';
import { expect, onTestFinished, test } from 'vitest';

const watchdog = new URL('./watchdog.ts', import.meta.url).href;
const times = { tickMs: 50, silenceMsMax: 1_000 };

/** A process that is watched, does `work`, and says when it begins with it. */
async function startWatched(work: string, flags: readonly string[] = []): Promise<ChildProcess> {
  const script = `
    import { watchEventLoop } from '${watchdog}';
    const block = (ms) => Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, ms);
    watchEventLoop('test', ${JSON.stringify(times)});
    setTimeout(() => {
      process.stdout.write('begun');
      ${work}
    }, 300);
  `;
  const child = spawn(process.execPath, [...flags, '--input-type=module', '-e', script], {
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  onTestFinished(() => void child.kill('SIGKILL'));
  await once(child.stdout, 'data');
  return child;
}

const isOver = (child: ChildProcess): boolean => child.exitCode !== null || child.signalCode !== null;

test('a process whose event loop is blocked for good says so and ends', async () => {
  const child = await startWatched('block(60_000);');
  const words = text(child.stderr!);
  const [, signal] = (await once(child, 'exit')) as [number | null, NodeJS.Signals | null];
  expect(signal).toBe('SIGKILL');
  expect(JSON.parse(await words)).toMatchObject({
    level: 'fatal',
    service: 'test',
    pid: child.pid,
    msg: 'the event loop has stood still for 1 s: the process ends itself',
  });
});

test('one that computes without end ends too, even when nobody reads what it says', async () => {
  // The pipe is full, so that writing to it would take for ever.
  const child = await startWatched(`
    const { write } = process.getBuiltinModule('node:fs');
    write(2, 'x'.repeat(1_000_000), () => undefined);
    for (;;);
  `);
  const [, signal] = (await once(child, 'exit')) as [number | null, NodeJS.Signals | null];
  expect(signal).toBe('SIGKILL');
});

test('blocks that are shorter than the limit end nothing, however many they are', async () => {
  const child = await startWatched(`
    let blocks = 0;
    const next = () => {
      block(500);
      if (++blocks < 5) setTimeout(next, 60);
    };
    next();
  `);
  const [code] = (await once(child, 'exit')) as [number | null, NodeJS.Signals | null];
  expect(code).toBe(0);
});

test('a process that was paused for longer than the limit lives on, and is watched on', async () => {
  const child = await startWatched(
    "process.on('SIGUSR2', () => block(60_000)); setInterval(() => {}, 1_000);",
  );
  child.kill('SIGSTOP');
  await sleep(3 * times.silenceMsMax);
  child.kill('SIGCONT');
  await sleep(times.silenceMsMax / 2);
  expect(isOver(child)).toBe(false);
  child.kill('SIGUSR2');
  await once(child, 'exit');
  expect(child.signalCode).toBe('SIGKILL');
});

test('a process that a debugger may hold is left alone', async () => {
  const child = await startWatched('block(2_000);', ['--inspect=127.0.0.1:0']);
  const [code] = (await once(child, 'exit')) as [number | null, NodeJS.Signals | null];
  expect(code).toBe(0);
});

test('being watched keeps no process alive', async () => {
  const child = await startWatched('');
  const [code] = (await once(child, 'exit')) as [number | null, NodeJS.Signals | null];
  expect(code).toBe(0);
});
