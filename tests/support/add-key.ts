/** An API key as an operator makes one. */
import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { repository } from './service-process.ts';

/** Resolves to the key; `file` is made where there is none. */
export async function addKey(name: string, file: string): Promise<string> {
  const { stdout } = await promisify(execFile)(
    process.execPath,
    ['apps/gateway/src/main.ts', 'keys', 'add', name, '--file', file],
    { cwd: repository, env: { PATH: process.env['PATH'] ?? '' } },
  );
  return stdout.trim();
}
