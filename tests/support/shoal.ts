/** `shoal` as people type it: the command line as a process of its own, in a folder of its own. */
import { spawn, type ChildProcessByStdio } from 'node:child_process';
import { once } from 'node:events';
import path from 'node:path';
import type { Readable } from 'node:stream';
import { text } from 'node:stream/consumers';
import { onTestFinished } from 'vitest';
import { repository } from './service-process.ts';

export interface ShoalSetting {
  readonly folder: string;
  readonly env?: Readonly<Record<string, string>>;
  /** Another program than the sources: a built one, and what runs it. */
  readonly program?: string;
  readonly node?: string;
}

export interface ShoalEnd {
  readonly status: number | null;
  readonly output: string;
  readonly errors: string;
}

export function startShoal(
  words: readonly string[],
  { folder, env = {}, program, node = process.execPath }: ShoalSetting,
): ChildProcessByStdio<null, Readable, Readable> {
  const main = program ?? path.join(repository, 'apps/cli/src/main.ts');
  const child = spawn(node, [main, ...words], {
    cwd: folder,
    env: { PATH: process.env['PATH'] ?? '', ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  onTestFinished(() => void child.kill('SIGKILL'));
  return child;
}

/** @param line words without spaces in them */
export async function shoal(line: string, setting: ShoalSetting): Promise<ShoalEnd> {
  return endOf(startShoal(line.split(' '), setting));
}

export async function endOf(child: ChildProcessByStdio<null, Readable, Readable>): Promise<ShoalEnd> {
  const [output, errors] = await Promise.all([text(child.stdout), text(child.stderr), once(child, 'close')]);
  return { status: child.exitCode, output, errors };
}
