/**
 * What `npm test` runs once the packages are there: format, lint and type check, then every test, and as the very last
 * line the counts. A failed check counts as one failure; the tests are counted by the runner itself.
 * Arguments go to the runner, and then the checks are left out, because somebody is working on one test.
 */
import { spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { findRedis } from '../redis/find-redis.ts';
import { ensureProgramBuild, ensureWebBuild } from '../setup/web-build.ts';
import { variables } from '../../packages/shared/src/contract/variables.ts';
import { addUp, countsLine } from './counts.ts';
import type { Counts } from './counts.ts';

const root = dirname(dirname(dirname(fileURLToPath(import.meta.url))));
const checks = ['format:check', 'lint', 'typecheck'] as const;
const say = (line: string): void => console.log(line);

/** Resolves with the exit status; a death by signal is a failure. */
function run(command: string, args: readonly string[], env: NodeJS.ProcessEnv): Promise<number> {
  return new Promise((done) => {
    const child = spawn(command, args, { cwd: root, env, stdio: ['ignore', 'inherit', 'inherit'] });
    const end = (): void => void child.kill('SIGTERM');
    for (const event of ['SIGTERM', 'SIGHUP', 'disconnect']) process.once(event, end);
    child.once('error', (error) => {
      console.error(error.message);
      done(1);
    });
    child.once('close', (code) => done(code ?? 1));
  });
}

async function runCheck(name: string): Promise<Counts> {
  const { scripts } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as {
    scripts: Record<string, string>;
  };
  say(`\n${name}: ${scripts[name]}`);
  const status = await run('sh', ['-c', scripts[name] ?? 'false'], process.env);
  say(
    status === 0
      ? `${name} passed`
      : `${name} failed (exit code ${status}); it counts as one failed test below`,
  );
  return { passed: 0, failed: status === 0 ? 0 : 1, skipped: 0 };
}

async function runTests(args: readonly string[]): Promise<Counts> {
  const folder = mkdtempSync(join(tmpdir(), 'shoal-test-run-'));
  const countsFile = join(folder, 'counts.json');
  try {
    const runner = join(root, 'node_modules', 'vitest', 'vitest.mjs');
    const reporters = [
      '--reporter=default',
      `--reporter=${join(root, 'tests', 'support', 'counts-reporter.ts')}`,
    ];
    const env: NodeJS.ProcessEnv = { ...process.env, TEST_COUNTS_FILE: countsFile };
    // What somebody has set for their own server would change what the tests see.
    for (const name of Object.keys(variables)) {
      // Which images Compose takes is for the tests of the containers to hear.
      if (!name.endsWith('_IMAGE')) Reflect.deleteProperty(env, name);
    }
    const status = await run(process.execPath, [runner, 'run', ...reporters, ...args], env);
    const counts = readCounts(countsFile);
    if (status === 0 || counts.failed > 0) return counts;
    say(`The test runner itself ended with exit code ${status}; that counts as one failed test below.`);
    return { ...counts, failed: 1 };
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** A runner that ended before it could count has counted nothing. */
function readCounts(file: string): Counts {
  try {
    return JSON.parse(readFileSync(file, 'utf8')) as Counts;
  } catch {
    return { passed: 0, failed: 0, skipped: 0 };
  }
}

async function prepare(): Promise<Counts> {
  try {
    await ensureWebBuild(root, say);
    await ensureProgramBuild(root, say);
    await findRedis(join(root, '.data'), say);
    return { passed: 0, failed: 0, skipped: 0 };
  } catch (error) {
    console.error((error as Error).message);
    return { passed: 0, failed: 1, skipped: 0 };
  }
}

const args = process.argv.slice(2);
const all: Counts[] = [await prepare()];
if (args.length === 0) for (const name of checks) all.push(await runCheck(name));
else say('With arguments only tests are run, without format, lint and type check.');
all.push(await runTests(args));
const total = addUp(all);
say(countsLine(total));
// eslint-disable-next-line unicorn/no-process-exit -- the channel to the parent would keep the process alive
process.exit(total.failed === 0 ? 0 : 1);
