/** The private Redis of tests and of `npm start`, as processes. */
import { spawn } from 'node:child_process';
import { existsSync, readFileSync, rmSync, statSync } from 'node:fs';
import { once } from 'node:events';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, expect, test } from 'vitest';
import { startRedis } from '../../tests/support/redis.ts';
import type { TestRedis } from '../../tests/support/redis.ts';
import { commandOf } from '../launcher/process-command.ts';
import { pingRedis } from './ping.ts';

const root = dirname(dirname(dirname(fileURLToPath(import.meta.url))));
let redis: TestRedis | undefined;

afterEach(async () => {
  await redis?.stop();
  redis = undefined;
});

test('it answers on a port of its own, and is gone after stop', async () => {
  redis = await startRedis();
  const other = await startRedis();
  expect(other.port).not.toBe(redis.port);
  expect(await pingRedis(other.port, undefined)).toBe(true);
  await other.stop();
  expect(await pingRedis(other.port, undefined)).toBe(false);
  expect(commandOf(other.pid)).toBeUndefined();
});

test('with a password, nobody is answered without it', async () => {
  redis = await startRedis({ password: 'secret' });
  expect(redis.url).toBe(`redis://:secret@127.0.0.1:${redis.port}/0`);
  expect(await pingRedis(redis.port, undefined)).toBe(false);
  expect(await pingRedis(redis.port, 'secret')).toBe(true);
});

test('paused it answers nothing, resumed it does, and killed it comes back on the same port', async () => {
  redis = await startRedis({ isAppendOnly: true });
  await redis.pause();
  expect(await pingRedis(redis.port, undefined, 200)).toBe(false);
  await redis.resume();
  expect(await pingRedis(redis.port, undefined)).toBe(true);
  await redis.kill();
  expect(await pingRedis(redis.port, undefined)).toBe(false);
  await redis.restart();
  expect(await pingRedis(redis.port, undefined)).toBe(true);
});

test('paused it can still be stopped', async () => {
  redis = await startRedis();
  await redis.pause();
  await redis.stop();
  expect(commandOf(redis.pid)).toBeUndefined();
  redis = undefined;
});

test.runIf(existsSync('/proc/self'))(
  'it does not outlive a starter that was killed, not even paused',
  async () => {
    const script = `
    import { startRedis } from ${JSON.stringify(join(root, 'tests/support/redis.ts'))};
    const redis = await startRedis();
    await redis.pause();
    console.log(redis.pid, redis.directory);
    setInterval(() => undefined, 1000);`;
    const starter = spawn(process.execPath, ['--input-type=module-typescript', '--eval', script], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    const [line] = (await once(starter.stdout, 'data')) as [Buffer];
    const [pidText, directory] = line.toString().trim().split(' ') as [string, string];
    const pid = Number(pidText);
    expect(commandOf(pid)).toContain('redis');
    starter.kill('SIGKILL');
    await expect.poll(() => commandOf(pid), { timeout: 5_000 }).toBeUndefined();
    rmSync(directory, { recursive: true });
  },
);

test('its configuration can be read by nobody else, and it never evicts', async () => {
  redis = await startRedis({ password: 'secret' });
  const file = join(redis.directory, 'redis.conf');
  expect(statSync(file).mode & 0o777).toBe(0o600);
  expect(readFileSync(file, 'utf8')).toContain('maxmemory-policy noeviction');
});
