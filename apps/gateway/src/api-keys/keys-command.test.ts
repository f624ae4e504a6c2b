import { chmod, mkdtemp, readFile, readdir, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { digestOf, isApiKey } from './api-key.ts';
import { parseKeyFile } from './key-file.ts';
import { runKeysCommand } from './keys-command.ts';

let folder: string;
let file: string;

beforeEach(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'shoal-keys-'));
  file = path.join(folder, 'keys');
});
afterEach(() => rm(folder, { recursive: true, force: true }));

/** With the file named by the environment, unless `env` says otherwise. */
async function keys(args: string, env: Record<string, string> = { SHOAL_API_KEYS_FILE: file }) {
  const out: string[] = [];
  const err: string[] = [];
  const terminal = { out: (line: string) => void out.push(line), err: (line: string) => void err.push(line) };
  const status = await runKeysCommand(args.split(' ').filter(Boolean), env, terminal);
  return { status, out, err: err.join('\n') };
}

const modeOf = async (): Promise<string> => ((await stat(file)).mode & 0o777).toString(8);
const namesIn = async (): Promise<string[]> =>
  parseKeyFile(await readFile(file, 'utf8')).map(({ name }) => name);

test('a new key is printed once, alone, and only its hash is in a file that nobody else may read', async () => {
  const added = await keys('add vars');
  expect(added.status).toBe(0);
  const [key = '', ...more] = added.out;
  expect(more).toEqual([]);
  expect(isApiKey(key)).toBe(true);
  expect(added.err).not.toContain(key);
  const text = await readFile(file, 'utf8');
  expect(text).not.toContain(key);
  expect(parseKeyFile(text)).toEqual([
    { name: 'vars', digest: digestOf(key), created: new Date().toISOString().slice(0, 10) },
  ]);
  expect(await modeOf()).toBe('600');
});

test('several have names, are listed without their keys, and one is revoked without the others', async () => {
  const printed = [await keys('add vars'), await keys('add mondrian')].map(({ out }) => out[0]!);
  const listed = await keys('list');
  expect(listed.out).toEqual([
    expect.stringMatching(/^vars {6}\d{4}-\d\d-\d\d$/),
    expect.stringMatching(/^mondrian {2}\d{4}-\d\d-\d\d$/),
  ]);
  for (const key of printed) expect(listed.out.join()).not.toContain(key);
  expect((await keys('revoke vars')).status).toBe(0);
  expect(await namesIn()).toEqual(['mondrian']);
  expect((await keys('revoke mondrian')).status).toBe(0);
  expect(await keys('list')).toMatchObject({ status: 0, out: [], err: expect.stringContaining('no keys') });
});

test('--file goes before the variable, and is relative to where npm was called', async () => {
  await keys('add vars --file other', { SHOAL_API_KEYS_FILE: file, INIT_CWD: folder });
  expect(await readdir(folder)).toEqual(['other']);
});

describe('what cannot be done is a sentence, and the file is as it was', () => {
  test.each([
    ['add vars', 'a key of vars already'],
    ['add Vars', '"Vars" is no name: expected lower-case letters'],
    ['revoke nobody', 'has no key of nobody; there are: vars'],
  ])('%s', async (args, sentence) => {
    await keys('add vars');
    const before = await readFile(file, 'utf8');
    expect(await keys(args)).toMatchObject({ status: 1, out: [], err: expect.stringContaining(sentence) });
    expect(await readFile(file, 'utf8')).toBe(before);
    expect(await readdir(folder)).toEqual(['keys']);
  });

  test('a file that is broken is not written over', async () => {
    await writeFile(file, 'something else entirely');
    expect(await keys('add vars')).toMatchObject({ status: 1, err: expect.stringContaining('line 1') });
    expect(await readFile(file, 'utf8')).toBe('something else entirely');
  });

  test('a folder that is not there, and a list of nothing', async () => {
    const nowhere = { SHOAL_API_KEYS_FILE: path.join(folder, 'nowhere', 'keys') };
    expect(await keys('add vars', nowhere)).toMatchObject({
      status: 1,
      err: expect.stringContaining('ENOENT'),
    });
    expect(await keys('list')).toMatchObject({ status: 1, err: expect.stringContaining('no such file') });
  });
});

test.each(['', 'add', 'revoke', 'list vars', 'add vars mondrian', 'remove vars', 'add vars --fil x'])(
  'what is not understood ("%s") is answered with how it is used',
  async (args) => {
    const answer = await keys(args);
    expect(answer).toMatchObject({ status: 2, out: [], err: expect.stringContaining('Usage: npm run keys') });
    expect(await readdir(folder)).toEqual([]);
  },
);

test('without any file it asks for one', async () => {
  const answer = await keys('list', { SHOAL_API_KEYS_FILE: '' });
  expect(answer).toMatchObject({ status: 2, err: expect.stringContaining('--file FILE') });
});

test('two who add at the same time do not lose one: one of them is told to try again', async () => {
  const answers = await Promise.all(['a', 'b', 'c', 'd'].map((name) => keys(`add ${name}`)));
  const done = answers.filter(({ status }) => status === 0);
  expect(await namesIn()).toHaveLength(done.length);
  for (const { err } of answers.filter(({ status }) => status !== 0)) {
    expect(err).toContain('somebody else is changing the keys');
  }
  expect(await readdir(folder)).toEqual(['keys']);
});

test('a file that was opened to a group by hand stays as open', async () => {
  await keys('add vars');
  await chmod(file, 0o640);
  await keys('add mondrian');
  expect(await modeOf()).toBe('640');
});
