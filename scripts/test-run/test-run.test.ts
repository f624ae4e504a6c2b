/** `npm test` behind the set-up, as a process, in a small project with the real runner and the real reporter. */
import { spawnSync } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, beforeEach, expect, test, vi } from 'vitest';

const realRoot = dirname(dirname(dirname(fileURLToPath(import.meta.url))));
let root: string;

function put(path: string, text: string): void {
  mkdirSync(dirname(join(root, path)), { recursive: true });
  writeFileSync(join(root, path), text);
}

function npmTest(...args: string[]) {
  const env = { ...process.env, PATH: `${join(root, 'bin')}:${process.env['PATH']}` };
  // The runner of this very test leaves marks in the environment that would confuse the one inside.
  for (const name of Object.keys(env))
    if (/^(VITEST|TEST_COUNTS_FILE)/.test(name)) Reflect.deleteProperty(env, name);
  const command = ['exec "$0" scripts/test-run/main.ts "$@" 2>&1', process.execPath, ...args];
  const { status, stdout } = spawnSync('sh', ['-c', ...command], { cwd: root, encoding: 'utf8', env });
  return { status, output: stdout, lastLine: stdout.trimEnd().split('\n').at(-1) };
}

function putChecks(checks: Record<'format:check' | 'lint' | 'typecheck', string>): void {
  put('package.json', JSON.stringify({ type: 'module', scripts: checks }));
}

beforeAll(() => {
  root = mkdtempSync(join(tmpdir(), 'shoal-npm-test-'));
  for (const path of [
    'scripts/test-run',
    'scripts/redis',
    'scripts/setup',
    'tests/support/counts-reporter.ts',
  ]) {
    cpSync(join(realRoot, path), join(root, path), { recursive: true });
  }
  rmSync(join(root, 'scripts/test-run/test-run.test.ts'));
  for (const name of ['node_modules', 'packages']) symlinkSync(join(realRoot, name), join(root, name));
  put('vitest.config.ts', "export default { test: { globals: true, include: ['suite/*.test.ts'] } };");
  put('bin/redis-server', '#!/bin/sh\necho v=7.0.0');
  spawnSync('chmod', ['755', join(root, 'bin/redis-server')]);
});

afterAll(() => rmSync(root, { recursive: true }));

beforeEach(() => {
  vi.unstubAllEnvs();
  rmSync(join(root, 'suite'), { recursive: true, force: true });
  putChecks({ 'format:check': 'true', lint: 'true', typecheck: 'true' });
});

test('a clean project ends well, with the counts as the very last line', () => {
  put(
    'suite/good.test.ts',
    "test('a', () => {}); test('b', () => {}); test.skip('c', () => {}); test.todo('d');",
  );
  expect(npmTest()).toMatchObject({ status: 0, lastLine: '2 passed, 0 failed, 2 skipped' });
});

test('a failed check counts as one failure, and the tests are run all the same', () => {
  putChecks({ 'format:check': 'true', lint: 'false', typecheck: 'echo no type; exit 2' });
  put('suite/good.test.ts', "test('a', () => {});");
  const { status, output, lastLine } = npmTest();
  expect(output).toContain('typecheck failed (exit code 2); it counts as one failed test below');
  expect({ status, lastLine }).toEqual({ status: 1, lastLine: '1 passed, 2 failed, 0 skipped' });
});

test.each([
  ['a failing test', "test('a', () => { throw new Error('no'); });", '1 passed, 2 failed, 0 skipped'],
  [
    'a file that cannot be loaded',
    "import './absent.ts'; test('a', () => {});",
    '1 passed, 2 failed, 0 skipped',
  ],
  [
    'an error that nobody caught',
    "test('a', () => { setTimeout(() => { throw new Error('late'); }); return new Promise((r) => setTimeout(r, 50)); });",
    '2 passed, 2 failed, 0 skipped',
  ],
  [
    'a hook that fails',
    "describe('s', () => { beforeAll(() => { throw new Error('no'); }); test('a', () => {}); });",
    '1 passed, 2 failed, 1 skipped',
  ],
])('%s is a failure in the counts and in the exit status', (_name, source, line) => {
  // Beside a test that fails, so that what else fails must be counted and not only be noticed.
  put('suite/mixed.test.ts', "test('fine', () => {}); test('fails', () => { throw new Error('no'); });");
  put('suite/bad.test.ts', source);
  expect(npmTest()).toMatchObject({ status: 1, lastLine: line });
});

test('arguments go to the runner, and the checks are left out', () => {
  putChecks({ 'format:check': 'false', lint: 'false', typecheck: 'false' });
  put('suite/one.test.ts', "test('a', () => {});");
  put('suite/two.test.ts', "test('b', () => {});");
  expect(npmTest('suite/two')).toMatchObject({ status: 0, lastLine: '1 passed, 0 failed, 0 skipped' });
});

test("settings of somebody's own server do not reach the tests", () => {
  vi.stubEnv('REDIS_URL', 'redis://127.0.0.1:6379');
  put('suite/one.test.ts', "test('a', () => expect(process.env.REDIS_URL).toBeUndefined());");
  expect(npmTest().lastLine).toBe('1 passed, 0 failed, 0 skipped');
});

test('a runner that finds nothing to run is a failure', () => {
  expect(npmTest('nowhere')).toMatchObject({ status: 1, lastLine: '0 passed, 1 failed, 0 skipped' });
});
