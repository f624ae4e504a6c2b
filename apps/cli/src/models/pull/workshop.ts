/**
 * Where a model is made before it is served: a dot folder among the model folders, which nobody serves, on the same disk, so that
 * the last step is one rename. What an interrupted pull received stays in it for the next one.
 */
import { existsSync } from 'node:fs';
import { mkdir, rename, rm, rmdir } from 'node:fs/promises';
import path from 'node:path';
import { CommandError } from '../../exit-status.ts';
import { takeLock } from '../../file-lock.ts';

export interface Workshop {
  readonly folder: string;
  /** The folder of the model, complete, takes its place. */
  readonly place: (made: string, target: string) => Promise<void>;
  /** Leaves what was received for the next time. */
  readonly leave: () => void;
  readonly remove: () => Promise<void>;
}

/** Throws a CommandError while another process pulls the same model. */
export async function openWorkshop(modelsDir: string, name: string): Promise<Workshop> {
  const folder = path.join(modelsDir, '.pull', name);
  await mkdir(folder, { recursive: true });
  const lock = takeLock(path.join(folder, 'lock'));
  if (typeof lock === 'string') throw new CommandError(`${lock} is pulling ${name} already`);
  return {
    folder,
    place: (made, target) => place(made, target, path.join(folder, 'replaced')),
    leave: () => lock.release(),
    remove: async () => {
      lock.release();
      await rm(folder, { recursive: true, force: true });
      // Others may be pulling beside us.
      await rmdir(path.join(modelsDir, '.pull')).catch(() => undefined);
    },
  };
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
