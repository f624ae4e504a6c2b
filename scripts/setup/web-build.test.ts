import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { ensureProgramBuild, ensureWebBuild } from './web-build.ts';

let root: string;
let said: string[];
const build = 'mkdir -p dist && cp index.html dist/ && echo built >> ../../builds.log';

function put(path: string, text: string): void {
  mkdirSync(dirname(join(root, path)), { recursive: true });
  writeFileSync(join(root, path), text);
}

function builds(): number {
  const log = join(root, 'builds.log');
  return existsSync(log) ? readFileSync(log, 'utf8').trimEnd().split('\n').length : 0;
}

const ensure = (): Promise<void> => ensureWebBuild(root, (line) => void said.push(line));

beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'shoal-web-'));
  said = [];
  put('apps/web/index.html', '<p>');
  put('apps/web/src/a.ts', '1');
  put('apps/web/package.json', JSON.stringify({ scripts: { build } }));
});

afterEach(() => {
  rmSync(root, { recursive: true });
});

test('the page is built once, aloud, and not again while its sources stay', async () => {
  await ensure();
  await ensure();
  expect(builds()).toBe(1);
  expect(said).toEqual(['Setting up: building the page.']);
});

test.each([
  ['a changed source', () => put('apps/web/src/a.ts', '2')],
  ['a new source', () => put('apps/web/src/b.ts', '')],
  ['a build that was removed', () => rmSync(join(root, 'apps/web/dist'), { recursive: true })],
])('%s is built again', async (_name, change) => {
  await ensure();
  change();
  await ensure();
  expect(builds()).toBe(2);
});

test('a build that fails says why, and is tried again', async () => {
  put('apps/web/package.json', JSON.stringify({ scripts: { build: 'echo no such module; exit 3' } }));
  await expect(ensure()).rejects.toThrow(/Building the page failed:\nno such module/);
  await expect(ensure()).rejects.toThrow('no such module');
});

test('a package that the page is built from counts among its sources', async () => {
  put('packages/client/src/index.ts', '1');
  await ensure();
  put('packages/client/src/index.ts', '2');
  await ensure();
  expect(builds()).toBe(2);
});

test('the command line is built by its own script, and has nothing to do with the page', async () => {
  put('apps/cli/src/main.ts', '1');
  const program = 'mkdir -p dist && touch dist/shoal.mjs && echo built >> ../../builds.log';
  put('apps/cli/package.json', JSON.stringify({ scripts: { build: program } }));
  await ensure();
  for (let n = 0; n < 2; n++) await ensureProgramBuild(root, (line) => void said.push(line));
  expect(builds()).toBe(2);
  expect(said).toEqual(['Setting up: building the page.', 'Setting up: building the command line.']);
});
