/** Hands a checkpoint to the export of the checkout, in a process of its own: it ends with a folder in its place, or says why not. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import path from 'node:path';
import { CommandError, exitStatus } from '../../exit-status.ts';

export interface CheckpointOrder {
  readonly checkout: string;
  readonly weights: string;
  /** Detectron2's configuration. */
  readonly config?: string;
  /** A folder with the `model.yaml` and the class names that the model gets. */
  readonly like?: string;
  readonly target: string;
  readonly isForced: boolean;
}

/** Makes what an export needs, before hundreds of megabytes are fetched for nothing. Throws a CommandError where it cannot. */
export async function prepareExport(checkout: string): Promise<void> {
  if ((await runExport(checkout, ['--prepare'])) !== 0)
    throw new CommandError('the model is a checkpoint, and nothing here can export it');
}

export async function exportCheckpoint(order: CheckpointOrder): Promise<void> {
  const { checkout, weights, config, like, target, isForced } = order;
  const status = await runExport(checkout, [
    weights,
    '--to',
    target,
    ...(config === undefined ? [] : ['--config', config]),
    ...(like === undefined ? [] : ['--like', like]),
    ...(isForced ? ['--force'] : []),
  ]);
  if (status !== 0)
    throw new CommandError('the export did not come to an end; the checkpoint is kept for the next try');
}

async function runExport(checkout: string, argv: readonly string[]): Promise<number | null> {
  const main = path.join(checkout, 'tools', 'export', 'main.ts');
  // What it prints is for people.
  const child = spawn(process.execPath, [main, ...argv], {
    stdio: ['ignore', process.stderr, process.stderr],
  });
  const [status, signal] = (await once(child, 'close')) as [number | null, NodeJS.Signals | null];
  if (signal === 'SIGINT' || signal === 'SIGTERM') throw new CommandError('', exitStatus.interrupted);
  return status;
}
