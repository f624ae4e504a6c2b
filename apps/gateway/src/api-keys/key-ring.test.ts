import { mkdtemp, rm, symlink, writeFile, rename } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { digestOf, makeApiKey } from './api-key.ts';
import { KeyFileError, renderKeyFile } from './key-file.ts';
import { KeyRing } from './key-ring.ts';

const [ada, ben] = [makeApiKey(), makeApiKey()];
const row = (name: string, key: string) => ({ name, digest: digestOf(key), created: '2026-11-20' });
const both = renderKeyFile([row('ada', ada), row('ben', ben)]);
const onlyBen = renderKeyFile([row('ben', ben)]);

let folder: string;
let file: string;
let said: string[];
const log = {
  info: (...told: unknown[]) => void said.push(`info ${JSON.stringify(told)}`),
  error: (...told: unknown[]) => void said.push(`error ${JSON.stringify(told)}`),
} as unknown as ConstructorParameters<typeof KeyRing>[1];

beforeEach(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'shoal-keys-'));
  file = path.join(folder, 'keys');
  said = [];
});
afterEach(() => rm(folder, { recursive: true, force: true }));

async function ringOf(text: string): Promise<KeyRing> {
  await writeFile(file, text);
  return new KeyRing(file, log);
}

test('a key is known by its name, and nothing else is a key', async () => {
  const ring = await ringOf(both);
  expect(ring.nameOf(ada)).toBe('ada');
  expect(ring.nameOf(ben)).toBe('ben');
  for (const other of [makeApiKey(), 'ada', '', ada.slice(0, -1), digestOf(ada).toString('hex')]) {
    expect(ring.nameOf(other)).toBeUndefined();
  }
});

test('a hash of something that people make up opens nothing', async () => {
  const ring = await ringOf(renderKeyFile([row('weak', 'hunter2')]));
  expect(ring.nameOf('hunter2')).toBeUndefined();
});

test('of an empty file nobody has a key', async () => {
  const ring = await ringOf('');
  expect(ring.nameOf(ada)).toBeUndefined();
});

test('who was taken out is refused and who came in is known, after the next look', async () => {
  const ring = await ringOf(both);
  const carl = makeApiKey();
  await writeFile(file, renderKeyFile([row('ben', ben), row('carl', carl)]));
  await ring.reread();
  expect([ada, ben, carl].map((key) => ring.nameOf(key))).toEqual([undefined, 'ben', 'carl']);
  expect(said.at(-1)).toBe('info [{"names":["ben","carl"]},"the API keys have changed"]');
});

test('a file that is swapped by a link, as Kubernetes does it, is seen', async () => {
  await writeFile(path.join(folder, 'v1'), both);
  await writeFile(path.join(folder, 'v2'), onlyBen);
  await symlink('v1', file);
  const ring = new KeyRing(file, log);
  await symlink('v2', path.join(folder, 'next'));
  await rename(path.join(folder, 'next'), file);
  await ring.reread();
  expect(ring.nameOf(ada)).toBeUndefined();
  expect(ring.nameOf(ben)).toBe('ben');
});

describe('what cannot be read', () => {
  test('at the start is a sentence with the file and the reason', async () => {
    expect(() => new KeyRing(file, log)).toThrow(
      new KeyFileError(
        `SHOAL_API_KEYS_FILE: ${file}: there is no such file; npm run keys -- add NAME makes one`,
      ),
    );
    expect(() => new KeyRing(folder, log)).toThrow(`${folder}: it cannot be read (EISDIR)`);
    await writeFile(file, 'ada');
    expect(() => new KeyRing(file, log)).toThrow(`${file}: line 1: expected`);
  });

  test.each([
    ['broken', () => writeFile(file, 'ada')],
    ['gone', () => rm(file)],
  ])('later (%s) changes nothing, is said once, and is over when it is over', async (_what, spoil) => {
    const ring = await ringOf(both);
    await spoil();
    for (let look = 0; look < 3; look += 1) await ring.reread();
    expect(ring.nameOf(ada)).toBe('ada');
    expect(said.filter((line) => line.startsWith('error'))).toHaveLength(1);
    await writeFile(file, both);
    await ring.reread();
    expect(said.at(-1)).toContain('can be read again');
    await writeFile(file, onlyBen);
    await ring.reread();
    expect(ring.nameOf(ada)).toBeUndefined();
  });
});

test('neither a key nor a hash is ever logged', async () => {
  const ring = await ringOf(both);
  await writeFile(file, ada);
  await ring.reread();
  await writeFile(file, onlyBen);
  await ring.reread();
  const all = said.join('\n');
  expect(said.length).toBeGreaterThan(2);
  for (const secret of [ada, ben, digestOf(ada).toString('hex'), digestOf(ben).toString('hex')]) {
    expect(all).not.toContain(secret);
  }
});
