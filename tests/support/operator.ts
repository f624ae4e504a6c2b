/** What an operator types, as processes of their own in an empty folder, so that nobody's `.env` is read. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { buffer, text } from 'node:stream/consumers';
import { repository } from './service-process.ts';
import type { Stack } from './stack.ts';

export interface Typed {
  readonly status: number | null;
  readonly output: Buffer;
  /** The standard error. */
  readonly words: string;
}

export interface TypedWith {
  readonly env?: Readonly<Record<string, string>>;
  readonly folder?: string;
  /** For the standard input. */
  readonly input?: string;
  /** Relative to the repository, or absolute. */
  readonly program?: string;
}

/** `npm run quarantine -- …` without npm and its banner. */
export async function typeQuarantine(args: readonly string[], options: TypedWith = {}): Promise<Typed> {
  const { env = {}, folder = tmpdir(), input = '', program = 'scripts/quarantine/main.ts' } = options;
  const child = spawn(process.execPath, [path.resolve(repository, program), ...args], {
    cwd: folder,
    env: { PATH: process.env['PATH'] ?? '', ...env },
  });
  child.stdin.on('error', () => undefined).end(input);
  const [output, words] = await Promise.all([
    buffer(child.stdout),
    text(child.stderr),
    child.exitCode === null ? once(child, 'exit') : undefined,
  ]);
  return { status: child.exitCode, output, words };
}

/** Of that stack: its Redis, and its first gateway. */
export const runQuarantine = (stack: Stack, ...args: string[]): Promise<Typed> =>
  typeQuarantine(args, { env: environmentOf(stack) });

export const environmentOf = (stack: Pick<Stack, 'url' | 'redis'>): Record<string, string> => ({
  REDIS_URL: stack.redis.url,
  PORT: new URL(stack.url).port,
});
