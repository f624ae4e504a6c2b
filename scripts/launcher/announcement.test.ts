import { execFileSync } from 'node:child_process';
import { expect, test } from 'vitest';
import { addressFor, explainPort } from './address.ts';
import { announcement, shellWord } from './announcement.ts';
import { restartDelayMs } from './restart-delay.ts';

test.each(['plain', 'two words', "it's", '$HOME', '[::1]', 'a"b', '*'])(
  'a shell reads %s back as it is',
  (word) => {
    expect(execFileSync('sh', ['-c', `printf %s ${shellWord(word)}`], { encoding: 'utf8' })).toBe(word);
  },
);

test('an address that stands for all is shown as one that can be opened', () => {
  expect(addressFor('0.0.0.0', 80)).toBe('http://127.0.0.1:80');
  expect(addressFor('::', 80)).toBe('http://[::1]:80');
  expect(addressFor('::1', 80)).toBe('http://[::1]:80');
  expect(addressFor('example.test', 80)).toBe('http://example.test:80');
});

const wordsFor = (host: string, asksForKeys = false): string =>
  announcement({
    address: addressFor(host, 1),
    host,
    models: [{ name: 'a', device: 'cpu' }],
    examplePath: 'a.png',
    asksForKeys,
  });

test('where keys are asked for, the curl line has a place for one', () => {
  expect(wordsFor('127.0.0.1')).not.toContain('Bearer');
  expect(wordsFor('127.0.0.1', true)).toContain('curl -H "Authorization: Bearer $KEY" -F model=a');
});

test('an address that others can reach is said to be one', () => {
  expect(wordsFor('0.0.0.0')).toContain('every other address of this machine');
  expect(wordsFor('127.0.0.1')).not.toContain('every other address');
});

test('without a picture there is no curl line that could fail', () => {
  const words = announcement({
    address: 'http://127.0.0.1:1',
    host: '127.0.0.1',
    models: [{ name: 'a', device: 'cpu' }],
    examplePath: undefined,
    asksForKeys: false,
  });
  expect(words).not.toContain('curl');
});

test.each([
  ['EADDRINUSE', 'PORT=9 npm start'],
  ['EACCES', 'above 1023'],
  ['EADDRNOTAVAIL', 'not an address of this machine'],
  ['EWEIRD', 'EWEIRD'],
])('%s is explained', (code, part) => {
  expect(explainPort(code, '127.0.0.1', 8, 9)).toContain(part);
});

test('the wait before a restart grows, and never beyond half a minute', () => {
  expect([0, 1, 2, 3, 20].map(restartDelayMs)).toEqual([0, 500, 1_000, 2_000, 30_000]);
});
