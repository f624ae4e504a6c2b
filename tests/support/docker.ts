/** The Docker command line, for what testcontainers has no word for: scaling, networks, signals. */
import { execFile } from 'node:child_process';
import { promisify } from 'node:util';

const run = promisify(execFile);

/** Whether a Docker Engine with Compose answers. */
export async function hasDockerEngine(): Promise<boolean> {
  try {
    await docker('info');
    await docker('compose', 'version');
    return true;
  } catch {
    return false;
  }
}

/** Standard output, trimmed; throws with what the command said on its way out. */
export async function docker(...args: readonly string[]): Promise<string> {
  const { stdout } = await run('docker', args, { maxBuffer: 64 * 1024 * 1024 });
  return stdout.trim();
}
