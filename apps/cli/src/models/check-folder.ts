/**
 * Has a model folder checked by the worker that would serve it, in a process of its own: what a worker reads, computes and
 * complains of is the worker's business, and its report goes to our output as it is.
 */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { access, constants } from 'node:fs/promises';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { CommandError, exitStatus, usageError } from '../exit-status.ts';
import { printJson, say } from '../terminal.ts';
import type { CheckWords } from './check.ts';
import { findWorkers, type WorkerApp } from './check-workers.ts';

/** Whether the folder can be served; why not was printed. Throws a usage error where the question cannot be answered. */
export async function checkFolder(folder: string, words: CheckWords): Promise<boolean> {
  const workers = findWorkers(path.dirname(fileURLToPath(import.meta.url)));
  const [first] = workers;
  if (first === undefined) throw usageError(howToCheckElsewhere(folder));
  const out = await chooseOut(folder, words.out);
  const argv = [
    folder,
    ...(words.image === undefined ? [] : ['--image', words.image]),
    ...(out === undefined ? [] : ['--out', out]),
    ...(words.json === true ? ['--json'] : []),
  ];
  const outcome = await runCheck(first, argv);
  if (outcome.family === undefined) return isServable(outcome.status);
  // Any worker can read a manifest; one of another family then only says whose the folder is.
  const { family } = outcome;
  const worker = workers.find((candidate) => candidate.family === family);
  if (worker !== undefined) return isServable((await runCheck(worker, argv)).status);
  tellOfUnknownFamily(folder, family, workers, words.json === true);
  return false;
}

interface Outcome {
  readonly status: number;
  /** Of the folder, where it is not the worker's own. */
  readonly family?: string;
}

async function runCheck({ entry }: WorkerApp, argv: readonly string[]): Promise<Outcome> {
  const child = spawn(process.execPath, [entry, 'check', ...argv], {
    stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
  });
  let family: string | undefined;
  child.on('message', (message) => {
    ({ family } = message as { family: string });
  });
  const [status, signal] = (await once(child, 'close')) as [number | null, NodeJS.Signals | null];
  if (signal === 'SIGINT' || signal === 'SIGTERM') throw new CommandError('', exitStatus.interrupted);
  if (status === null)
    throw new CommandError(`the check was ended by ${signal}: its machine may be short of memory`);
  return { status, ...(family !== undefined && { family }) };
}

function isServable(status: number): boolean {
  // What could not be asked was said by the worker already.
  if (status !== exitStatus.ok && status !== exitStatus.failed) throw new CommandError('', exitStatus.usage);
  return status === exitStatus.ok;
}

/** A file that was named must be possible; the usual one is left out where the present folder is read-only. */
async function chooseOut(folder: string, out: CheckWords['out']): Promise<string | undefined> {
  if (out === false) return undefined;
  const file = out ?? `${path.basename(path.resolve(folder))}-check.png`;
  const directory = path.dirname(path.resolve(file));
  try {
    await access(directory, constants.W_OK);
    return file;
  } catch (error) {
    if (out !== undefined) throw usageError(`--out: ${(error as Error).message}`);
    say(`No picture is drawn, since ${directory} cannot be written to; --out names a file elsewhere.`);
    return undefined;
  }
}

/** In the words of the start, which refuses such a folder as well. */
function tellOfUnknownFamily(
  folder: string,
  family: string,
  workers: readonly WorkerApp[],
  isJson: boolean,
): void {
  const name = path.basename(path.resolve(folder));
  const known = workers.map((worker) => worker.family).join(', ');
  const problem = `The model ${name} is of the family "${family}", which no app serves; there is ${known}.`;
  if (isJson) printJson({ folder: name, isServable: false, problems: [problem], notes: [] });
  else console.log(`${name}: cannot be served\n\n${problem}`);
}

function howToCheckElsewhere(folder: string): string {
  return `a folder is checked by the worker that would serve it, and there is none beside this program. In a checkout of \
Shoal: npm run shoal -- models check ${folder}. With Compose: docker compose run --rm -v \
"${path.resolve(folder)}:/model:ro" cli models check /model`;
}
