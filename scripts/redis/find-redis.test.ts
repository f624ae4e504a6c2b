import { chmodSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { readFetchedRedis, readSimulation } from './fetch-debian.ts';
import { findRedis, isRecentEnough } from './find-redis.ts';

let folder: string;
let said: string[];
const say = (line: string): void => void said.push(line);

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'shoal-find-'));
  said = [];
});

afterEach(() => {
  vi.unstubAllEnvs();
  rmSync(folder, { recursive: true });
});

/** A program that is only asked for its version, or fails. */
function put(path: string, script: string): string {
  const file = join(folder, path);
  mkdirSync(join(file, '..'), { recursive: true });
  writeFileSync(file, `#!/bin/sh\n${script}\n`);
  chmodSync(file, 0o755);
  return file;
}

const version = (number: string): string => `echo "Redis server v=${number} sha=0 bits=64"`;

test('redis-server on the path comes first, and nothing is said', async () => {
  const command = put('bin/redis-server', version('7.4.1'));
  put('bin/valkey-server', version('8.0.0'));
  vi.stubEnv('PATH', join(folder, 'bin'));
  expect(await findRedis(folder, say)).toEqual({ kind: 'program', command });
  expect(said).toEqual([]);
});

test('a redis-server that is too old is passed over aloud for valkey-server', async () => {
  put('bin/redis-server', version('5.0.7'));
  const command = put('bin/valkey-server', version('8.0.0'));
  vi.stubEnv('PATH', join(folder, 'bin'));
  expect(await findRedis(folder, say)).toEqual({ kind: 'program', command });
  expect(said.join()).toMatch(/5\.0\.7.*6\.2 or newer is needed/);
});

test('a package fetched earlier is used again, with the libraries that came with it', async () => {
  const command = put('redis-package/usr/bin/redis-server', version('7.0.15'));
  put('redis-package/usr/lib/any-triplet/libjemalloc.so.2', '');
  vi.stubEnv('PATH', join(folder, 'bin'));
  const source = { kind: 'program', command, libraryPath: join(folder, 'redis-package/usr/lib/any-triplet') };
  expect(readFetchedRedis(folder)).toEqual(source);
  expect(await findRedis(folder, say)).toEqual(source);
});

test('Homebrew is asked after it was said aloud', async () => {
  put('cellar/bin/redis-server', version('8.2.0'));
  put('bin/brew', `[ "$1" = --prefix ] && echo ${join(folder, 'cellar')}; exit 0`);
  vi.stubEnv('PATH', join(folder, 'bin'));
  expect(await findRedis(folder, say)).toMatchObject({ command: join(folder, 'cellar/bin/redis-server') });
  expect(said).toEqual(['Setting up: installing Redis with Homebrew (brew install redis).']);
});

test('a running Docker is the last way', async () => {
  put('bin/docker', '[ "$1" = image ] && exit 1; exit 0');
  vi.stubEnv('PATH', join(folder, 'bin'));
  expect((await findRedis(folder, say)).kind).toBe('container');
  expect(said.join()).toContain('pulling the Redis image');
});

test('one sentence names the ways when there is none', async () => {
  put('bin/docker', 'exit 1');
  vi.stubEnv('PATH', join(folder, 'bin'));
  await expect(findRedis(folder, say)).rejects.toThrow(
    /REDIS_URL.*valkey-server.*Debian or Ubuntu.*Homebrew.*Docker/,
  );
  expect(said).toEqual(['Docker is installed but its engine does not answer.']);
});

test.each([
  ['Redis server v=7.0.15 sha=00000000:0 malloc=jemalloc-5.3.0 bits=64', true],
  ['Valkey server v=8.0.1 sha=00000000:0', true],
  ['Redis server v=6.2.0 sha=0', true],
  ['Redis server v=6.0.16 sha=0', false],
  ['something else', undefined],
])('%s', (line, expected) => {
  expect(isRecentEnough(line)).toBe(expected);
});

test("apt-get's simulation names the packages that the machine lacks", () => {
  const output =
    'NOTE: only a simulation!\nInst liblzf1 (3.6-3 Debian [amd64])\nInst redis-server (5:7 [amd64])\nConf liblzf1 (3.6)\n';
  expect(readSimulation(output)).toEqual(['liblzf1', 'redis-server']);
});
