/**
 * `npm run export-model`: from a checkpoint to a model folder that was checked. The arithmetic is export.py's; here are the
 * environment it runs in, the folder around its file, and the order: nothing is served before it is whole.
 */
import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, renameSync, rmSync } from 'node:fs';
import { basename, dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { findPython } from './find-python.ts';
import { parseCommand, usage, type ExportCommand } from './parse-command.ts';
import {
  countOtherNames,
  readPattern,
  writeLike,
  writeNew,
  type CheckpointFacts,
  type Pattern,
} from './write-folder.ts';

const here = dirname(fileURLToPath(import.meta.url));
const root = dirname(dirname(here));

try {
  const command = parseCommand(process.argv.slice(2));
  if (command === 'help') console.log(usage);
  else if (command === 'prepare') choosePython(undefined);
  else makeFolder(command);
} catch (error) {
  say(`error: ${error instanceof Error ? error.message : String(error)}`);
  process.exitCode = 1;
}

function say(line: string): void {
  process.stderr.write(`${line}\n`);
}

function makeFolder(command: ExportCommand): void {
  const { weights, isForced } = command;
  const target = resolve(command.to);
  if (!existsSync(weights)) throw new Error(`there is no ${weights}`);
  if (existsSync(target) && !isForced) throw new Error(`${target} is there already; --force replaces it`);
  const pattern = command.like === undefined ? undefined : readPattern(command.like);
  say(
    `licence: ${pattern?.manifest.license ?? command.license ?? 'not said; whoever trained the model knows'}`,
  );
  const python = choosePython(command.python);
  // A dot folder on the same disk: nobody serves it, and the last step is one rename.
  const made = join(dirname(target), `.${basename(target)}.export`);
  rmSync(made, { recursive: true, force: true });
  mkdirSync(made, { recursive: true });
  try {
    const facts = runExport(python, command, pattern, join(made, 'model.onnx'));
    writeAround(command, pattern, facts, made, basename(target));
    if (command.isChecked) check(made);
    replace(made, target);
  } finally {
    rmSync(made, { recursive: true, force: true });
  }
  say(`${target} holds the exported model.`);
}

function choosePython(named: string | undefined): string {
  return findPython(
    root,
    join(here, 'requirements.txt'),
    named ?? (process.env['EXPORT_PYTHON'] || undefined),
  );
}

function runExport(
  python: string,
  { weights, config }: ExportCommand,
  pattern: Pattern | undefined,
  out: string,
): CheckpointFacts {
  const classes = pattern?.manifest.weights?.classes;
  const argv = [
    // Compiled files would lie in the checkout.
    '-B',
    join(here, 'export.py'),
    resolve(weights),
    '--out',
    out,
    ...(config === undefined ? [] : ['--config', resolve(config)]),
    ...(classes === undefined ? [] : ['--classes', String(classes)]),
  ];
  const { status, stdout, error } = spawnSync(python, argv, {
    stdio: ['ignore', 'pipe', 'inherit'],
    encoding: 'utf8',
  });
  if (error !== undefined) throw error;
  if (status !== 0) throw new Error(`${basename(weights)} was not exported`);
  return JSON.parse(stdout) as CheckpointFacts;
}

function writeAround(
  command: ExportCommand,
  pattern: Pattern | undefined,
  facts: CheckpointFacts,
  made: string,
  folder: string,
): void {
  const sha256 = createHash('sha256')
    .update(readFileSync(join(made, 'model.onnx')))
    .digest('hex');
  if (pattern === undefined) {
    const labels = command.labels === undefined ? undefined : readLines(command.labels);
    writeNew({ name: command.name ?? folder, license: command.license, labels }, facts, sha256, made);
    return;
  }
  writeLike(pattern, facts, sha256, made);
  const { labels } = pattern.manifest;
  const others = countOtherNames(
    typeof labels === 'string' ? readLines(join(made, labels)) : (labels ?? []),
    facts,
  );
  if (others > 0) say(`warning: ${others} classes have another name in the checkpoint than in the labels`);
}

function readLines(file: string): string[] {
  return readFileSync(file, 'utf8').trimEnd().split(/\r?\n/);
}

/** By the worker that would serve it. */
function check(made: string): void {
  const argv = [join(root, 'apps', 'cli', 'src', 'main.ts'), 'models', 'check', made, '--no-out'];
  const { status } = spawnSync(process.execPath, argv, { stdio: ['ignore', 2, 2] });
  if (status !== 0) throw new Error('the exported model cannot be served; see above');
}

function replace(made: string, target: string): void {
  const aside = `${made}.replaced`;
  rmSync(aside, { recursive: true, force: true });
  if (existsSync(target)) renameSync(target, aside);
  try {
    renameSync(made, target);
  } catch (error) {
    if (existsSync(aside)) renameSync(aside, target);
    throw error;
  }
  rmSync(aside, { recursive: true, force: true });
}
