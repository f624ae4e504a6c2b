/**
 * Runs the very pnpm that `package.json` pins, through npx, and hands back what it said. Decides nothing about what its
 * answers mean. Throws `NoPnpmError` where npx cannot bring it.
 */
import { spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

export const root = dirname(dirname(dirname(fileURLToPath(import.meta.url))));

export interface Ended {
  /** Undefined when it took too long and was ended. */
  readonly code: number | undefined;
  readonly stdout: string;
  readonly stderr: string;
}

/** There is no network and no pnpm in npx's cache, or there is no npx. */
export class NoPnpmError extends Error {
  override readonly name = 'NoPnpmError';
}

export async function runPnpm(args: readonly string[], timeoutMs = 120_000): Promise<Ended> {
  const { packageManager } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as {
    packageManager: string;
  };
  const npx = ['--yes', '--prefer-offline', packageManager];
  const there = await run('npx', [...npx, '--version'], timeoutMs);
  if (there.code !== 0) throw new NoPnpmError(`npx cannot bring ${packageManager}: ${lastLine(there)}`);
  return run('npx', [...npx, ...args], timeoutMs);
}

export const lastLine = ({ stdout, stderr }: Ended): string =>
  `${stdout}\n${stderr}`.trim().split('\n').at(-1) ?? '';

function run(command: string, args: readonly string[], timeoutMs: number): Promise<Ended> {
  return new Promise((resolve) => {
    const child = spawn(command, args, {
      cwd: root,
      // The version that runs is the pinned one, so pnpm need not look for it.
      env: { ...process.env, pnpm_config_pm_on_fail: 'ignore', pnpm_config_fetch_retries: '0' },
      stdio: ['ignore', 'pipe', 'pipe'],
      // npx hands over to pnpm as a child of its own: all of them are to end together.
      detached: true,
    });
    let [stdout, stderr, isLate] = ['', '', false];
    const timer = setTimeout(() => {
      isLate = true;
      if (child.pid !== undefined) process.kill(-child.pid, 'SIGKILL');
    }, timeoutMs);
    child.stdout.setEncoding('utf8').on('data', (text: string) => (stdout += text));
    child.stderr.setEncoding('utf8').on('data', (text: string) => (stderr += text));
    const end = (code: number, more = ''): void => {
      clearTimeout(timer);
      resolve({ code: isLate ? undefined : code, stdout, stderr: stderr + more });
    };
    child.once('error', (error) => end(127, error.message));
    child.once('close', (code) => end(code ?? 1));
  });
}
