/** The examples of the client's page, run as they stand there against a server with the demo models. */
import { execFile } from 'node:child_process';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import { promisify } from 'node:util';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { repository } from '../support/service-process.ts';
import { startStack, type Stack } from '../support/stack.ts';

const page = await readFile(path.join(repository, 'packages/client/README.md'), 'utf8');
const sections = page.split(/^## /m).flatMap((text) => {
  const [, example] = /^```js\n([\s\S]*?)^```$/m.exec(text) ?? [];
  return example === undefined ? [] : [[text.split('\n', 1)[0]!, example] as const];
});

/** What each prints, as far as it is the same every time. */
const printed: Readonly<Record<string, RegExp>> = {
  'One picture': /^640 x 512\n(?:circle|square|triangle) 0\.\d+ \{/,
  'Many pictures': /^(?:examples\/\S+\.jpg \d+\n){3,}$/,
  'Now or later': /\nsucceeded\n\d+\nsucceeded\n$/,
  'Time, aborts and errors': /^media_type_unsupported 415 false expected JPEG/,
  'While the server is away':
    /^1\n[1-9]\d*\n\{ sent: 1, succeeded: 1, failed: 0, retried: 0, queued: 0 \}\n$/,
};

let stack: Stack;
let folder: string;

beforeAll(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'shoal-client-'));
  stack = await startStack({ models: ['demo-yolo'] });
});

afterAll(async () => {
  await stack.stop();
  await rm(folder, { recursive: true, force: true });
});

const source = (file: string): string =>
  pathToFileURL(path.join(repository, 'packages/client/src', file)).href;

test('every example has something to print', () => {
  expect(sections.map(([title]) => title)).toEqual(Object.keys(printed));
});

test.each(sections)('%s: the example does what the page says', async (title, example) => {
  const file = path.join(folder, `${title.replaceAll(' ', '-')}.mjs`);
  const ready = example
    .replaceAll("'http://127.0.0.1:8080'", `'${stack.url}'`)
    .replaceAll("'@shoal/client/node'", `'${source('node.ts')}'`)
    .replaceAll("'@shoal/client'", `'${source('index.ts')}'`);
  await writeFile(file, ready);
  const { stdout, stderr } = await promisify(execFile)(process.execPath, [file], { cwd: repository });
  expect(stderr).toBe('');
  expect(stdout).toMatch(printed[title]!);
});
