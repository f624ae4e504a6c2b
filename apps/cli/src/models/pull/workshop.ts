/**
 * Where a model is made before it is served: a dot folder among the model folders, which nobody serves, on the same disk, so that
 * the last step is one rename. What an interrupted pull received stays in it for the next one.
 */
import { existsSync } from 'node:fs';
import { mkdir, readFile, rename, rm, rmdir, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { CommandError } from '../../exit-status.ts';

export interface Workshop {
  readonly folder: string;
  /** The folder of the model, complete, takes its place. */
  readonly place: (made: string, target: string) => Promise<void>;
  /** Leaves what was received for the next time. */
  readonly leave: () => Promise<void>;
  readonly remove: () => Promise<void>;
}

/** Throws a CommandError while another process pulls the same model. */
export async function openWorkshop(modelsDir: string, name: string): Promise<Workshop> {
  const folder = path.join(modelsDir, '.pull', name);
  await mkdir(folder, { recursive: true });
  const lock = path.join(folder, 'pid');
  await takeLock(lock, name);
  return {
    folder,
    place: (made, target) => place(made, target, path.join(folder, 'replaced')),
    leave: () => rm(lock, { force: true }),
    remove: async () => {
      await rm(folder, { recursive: true, force: true });
      // Others may be pulling beside us.
      await rmdir(path.join(modelsDir, '.pull')).catch(() => undefined);
    },
  };
}

async function takeLock(lock: string, name: string): Promise<void> {
  try {
    await writeFile(lock, String(process.pid), { flag: 'wx' });
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
    const holder = Number(await readFile(lock, 'utf8').catch(() => ''));
    if (isAlive(holder)) throw new CommandError(`process ${holder} is pulling ${name} already`);
    // Whoever was killed left it behind.
    await writeFile(lock, String(process.pid));
  }
}

function isAlive(pid: number): boolean {
  if (!Number.isInteger(pid) || pid <= 0 || pid === process.pid) return false;
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}

/** A folder cannot be replaced in one step: the old one steps aside, and comes back if the new one cannot come. */
async function place(made: string, target: string, aside: string): Promise<void> {
  const isThere = existsSync(target);
  if (isThere) {
    await rm(aside, { recursive: true, force: true });
    await rename(target, aside);
  }
  try {
    await rename(made, target);
  } catch (error) {
    if (isThere) await rename(aside, target);
    throw error;
  }
}
