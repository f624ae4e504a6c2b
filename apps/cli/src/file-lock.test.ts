import { spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import { hostname, tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { takeLock, type FileLock } from './file-lock.ts';

let folder: string;
let lock: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'shoal-lock-'));
  lock = join(folder, 'results.jsonl.lock');
});
afterEach(() => rmSync(folder, { recursive: true }));

const free = { release: expect.any(Function) as FileLock['release'] };
const deadPid = (): number => spawnSync(process.execPath, ['-e', '']).pid;

test('is held by one process at a time, and free when that gives it back', () => {
  writeFileSync(lock, `${process.ppid} ${hostname()}\n`);
  expect(takeLock(lock)).toBe(`process ${process.ppid}`);
  rmSync(lock);
  const taken = takeLock(lock);
  expect(taken).toEqual(free);
  expect(existsSync(lock)).toBe(true);
  (taken as FileLock).release();
  expect(existsSync(lock)).toBe(false);
});

test('that a killed process left behind is free at once on its own machine', () => {
  writeFileSync(lock, `${deadPid()} ${hostname()}\n`);
  expect(takeLock(lock)).toEqual(free);
});

test('of another machine is free once nobody has touched it for a while', () => {
  writeFileSync(lock, '7 elsewhere\n');
  expect(takeLock(lock)).toBe('process 7 on elsewhere');
  const before = new Date(Date.now() - 61_000);
  utimesSync(lock, before, before);
  expect(takeLock(lock)).toEqual(free);
});
