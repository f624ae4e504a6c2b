import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { hostname, tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Prediction } from '@shoal/client';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { formatEntry, type JournalEntry } from './journal-entry.ts';
import { openJournal, type RunTerms } from './open-journal.ts';

let folder: string;
let path: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'shoal-journal-'));
  path = join(folder, 'results.jsonl');
});
afterEach(() => rmSync(folder, { recursive: true }));

const terms: RunTerms = { folder: '/nas', model: 'reef', options: {} };

const answered = (file: string, more: Partial<JournalEntry> = {}): JournalEntry => ({
  file,
  folder: '/nas',
  prediction: { model: { name: 'reef', version: 'v1' } } as Prediction,
  ...more,
});
const failed = (file: string): JournalEntry => ({
  file,
  folder: '/nas',
  model: 'reef',
  error: { code: 'image_undecodable', message: 'broken' },
});

const write = (...parts: readonly (JournalEntry | string)[]): void =>
  writeFileSync(path, parts.map((part) => (typeof part === 'string' ? part : formatEntry(part))).join(''));

async function open(with_: Partial<RunTerms> = {}, retryFailed = false) {
  const opened = await openJournal(path, { ...terms, ...with_ }, retryFailed);
  opened.journal.close();
  return opened;
}

describe('a journal', () => {
  test('that is not there begins empty', async () => {
    const { known, failedBefore } = await open();
    expect([known.size, failedBefore, readFileSync(path, 'utf8')]).toEqual([0, 0, '']);
  });

  test('knows what it holds, and what of it failed', async () => {
    write(answered('a'), failed('b'), answered('c'));
    const { known, failedBefore, versionBefore } = await open();
    expect([known.has('a'), known.has('b'), known.has('d')]).toEqual([true, true, false]);
    expect([failedBefore, versionBefore]).toEqual([1, 'v1']);
  });

  test('is written by one command at a time, and free again when it was refused', async () => {
    write(answered('a'));
    writeFileSync(`${path}.lock`, `${process.ppid} ${hostname()}\n`);
    await expect(open()).rejects.toThrow(`process ${process.ppid} writes ${path}: wait until it has ended`);
    rmSync(`${path}.lock`);
    await expect(open({ model: 'other' })).rejects.toThrow('was written with model');
    expect(existsSync(`${path}.lock`)).toBe(false);
  });

  test('goes on behind what it has', async () => {
    write(answered('a'));
    const { journal } = await openJournal(path, terms, false);
    journal.add(failed('b'));
    journal.close();
    expect(readFileSync(path, 'utf8')).toBe(formatEntry(answered('a')) + formatEntry(failed('b')));
  });

  test.each([
    ['half a line', '{"file":"b.jpg","pred'],
    ['the first letters of a line', '{"f'],
    ['nothing, as after a loss of power', '\0\0\0\0'],
    ['whole lines of nothing', '\0\0\n\0\0\n'],
  ])('loses %s at its end, and nothing else', async (_what, torn) => {
    write(answered('a'), torn);
    expect((await open()).known.size).toBe(1);
    expect(readFileSync(path, 'utf8')).toBe(formatEntry(answered('a')));
  });

  test.each([
    ['a letter', 'Dear reader,\nhow are you?\n'],
    ['a letter without an end', 'Dear reader'],
    ['JSON of another kind', '{"name":"shoal"}\n'],
    ['a broken line in the middle', `${formatEntry(answered('a'))}{"file":"b\n${formatEntry(answered('c'))}`],
  ])('that is %s is refused, and stays as it is', async (_what, text) => {
    write(text);
    await expect(open()).rejects.toMatchObject({ status: 2 });
    expect(readFileSync(path, 'utf8')).toBe(text);
  });

  test.each<readonly [string, Partial<RunTerms>, string]>([
    ['another model', { model: 'deep' }, 'model reef, and now it is deep'],
    ['another score', { options: { minScore: 0.3 } }, 'minScore not given, and now it is 0.3'],
    ['other classes', { options: { classes: ['a'] } }, 'classes not given, and now it is ["a"]'],
    ['another folder', { folder: '/mnt' }, '--moved'],
  ])('is refused for %s, with what is different', async (_what, with_, sentence) => {
    write(answered('a'));
    await expect(open(with_)).rejects.toThrow(sentence);
  });

  test('may be gone on with from a folder that was moved, and for what was truncated', async () => {
    write(answered('a'));
    expect((await open({ folder: '/mnt', isMoved: true })).known.size).toBe(1);
    expect((await open({ options: { allowTruncated: true } })).known.size).toBe(1);
  });

  test('forgets what failed when that is to be tried again', async () => {
    write(answered('a'), failed('b'), answered('c'), '{"file":"torn');
    const { known, failedBefore } = await open({}, true);
    expect([known.size, known.has('b'), failedBefore]).toEqual([2, false, 0]);
    expect(readFileSync(path, 'utf8')).toBe(formatEntry(answered('a')) + formatEntry(answered('c')));
    expect(existsSync(`${path}.part`)).toBe(false);
  });
});

test('only a file is gone on with: a folder or a device is refused before it is read', async () => {
  await expect(openJournal(folder, terms, false)).rejects.toThrow(`${folder} is no file`);
  await expect(openJournal('/dev/null', terms, false)).rejects.toThrow('/dev/null is no file');
});
