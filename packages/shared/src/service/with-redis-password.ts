/**
 * Puts the password that lies in a file into the address of Redis. A file is how an orchestrator hands out a secret: an
 * environment is shown by every tool that shows a container. The password itself never appears in a message.
 */
import { readFileSync } from 'node:fs';
import { defaultRedisUrl, type Settings } from '../contract/index.ts';
import { SettingsError } from './settings.ts';

/** Throws a SettingsError when the file cannot be read, is empty, or contradicts a password in `REDIS_URL`. */
export function withRedisPassword(settings: Settings): Settings {
  const { SHOAL_REDIS_PASSWORD_FILE: file } = settings;
  if (file === undefined) return settings;
  const url = new URL(settings.REDIS_URL ?? defaultRedisUrl);
  if (url.password !== '') {
    throw new SettingsError([
      'SHOAL_REDIS_PASSWORD_FILE and REDIS_URL both hold a password: take it out of one of them',
    ]);
  }
  url.password = encodeURIComponent(readPassword(file));
  return { ...settings, REDIS_URL: url.href };
}

function readPassword(file: string): string {
  let text: string;
  try {
    text = readFileSync(file, 'utf8');
  } catch (error) {
    const { code = 'unknown' } = error as NodeJS.ErrnoException;
    throw new SettingsError([`SHOAL_REDIS_PASSWORD_FILE: ${file} cannot be read (${code})`]);
  }
  // Editors and `echo` end a file with a line end that nobody meant.
  const password = text.replace(/\r?\n$/, '');
  if (password === '') throw new SettingsError([`SHOAL_REDIS_PASSWORD_FILE: ${file} is empty`]);
  return password;
}
