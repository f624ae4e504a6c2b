import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, onTestFinished, test } from 'vitest';
import { startRedis } from '../../../../tests/support/redis.ts';
import { checkRedis, connectConsumer } from '../redis/index.ts';
import { SettingsError, readSettings } from './settings.ts';
import { withRedisPassword } from './with-redis-password.ts';

const folder = mkdtempSync(join(tmpdir(), 'shoal-password-'));
afterAll(() => rmSync(folder, { recursive: true }));

function fileWith(text: string): string {
  const file = join(folder, 'password');
  writeFileSync(file, text);
  return file;
}

const urlWith = (file: string, url = 'redis://redis:6379/2'): string | undefined =>
  withRedisPassword(readSettings({ REDIS_URL: url, SHOAL_REDIS_PASSWORD_FILE: file })).REDIS_URL;

test('without a file the settings stay as they are', () => {
  const settings = readSettings({ REDIS_URL: 'redis://:known@redis:6379' });
  expect(withRedisPassword(settings)).toBe(settings);
});

test('the password gets into the address, whatever letters it has, and a line end does not', () => {
  expect(urlWith(fileWith('secret\n'))).toBe('redis://:secret@redis:6379/2');
  expect(urlWith(fileWith('a@b:c/d%41\r\n'))).toBe('redis://:a%40b%3Ac%2Fd%2541@redis:6379/2');
  expect(urlWith(fileWith('secret'), 'rediss://me@redis:6380')).toBe('rediss://me:secret@redis:6380');
});

test('a server that wants the password lets us in with the file', async () => {
  const server = await startRedis({ password: 'letMeIn42' });
  onTestFinished(() => server.stop());
  const redis = connectConsumer(urlWith(fileWith('letMeIn42\n'), `redis://127.0.0.1:${server.port}`)!);
  onTestFinished(() => redis.disconnect());
  expect(await checkRedis(redis)).toBeGreaterThan(0);
});

test.each([
  ['a file that is not there', () => join(folder, 'nothing'), undefined, /nothing cannot be read \(ENOENT\)/],
  ['an empty file', () => fileWith('\n'), undefined, /is empty/],
  ['a second password', () => fileWith('one'), 'redis://:hunter2@redis', /both hold a password/],
])('%s is a problem of the settings, told without the password', (_, makeFile, url, words) => {
  let thrown: unknown;
  try {
    urlWith(makeFile(), url);
  } catch (error) {
    thrown = error;
  }
  expect(thrown).toBeInstanceOf(SettingsError);
  const { message } = thrown as SettingsError;
  expect(message).toMatch(words);
  expect(message).not.toMatch(/hunter2|one$/);
});
