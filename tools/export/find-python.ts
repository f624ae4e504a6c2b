/**
 * A Python that has what requirements.txt names: one that is named, else an environment of its own below .data, made at the first
 * export and again when the requirements change. Takes `uv` where it is there, else Python's own venv and pip.
 */
import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

const minorMin = 10;
const minorMax = 13;
const needed = `Python 3.${minorMin} to 3.${minorMax}`;

/** `root` is the repository's. Throws an Error with a sentence on what is missing and how to get it. */
export function findPython(root: string, requirements: string, named: string | undefined): string {
  if (named !== undefined) {
    if (!canImport(named))
      throw new Error(
        `${named} has not everything that is needed; install it with: ${named} -m pip install -r tools/export/requirements.txt`,
      );
    return named;
  }
  const folder = join(root, '.data', 'export-python');
  const python =
    process.platform === 'win32' ? join(folder, 'Scripts', 'python.exe') : join(folder, 'bin', 'python');
  const mark = join(folder, 'requirements.sha256');
  const digest = createHash('sha256').update(readFileSync(requirements)).digest('hex');
  if (existsSync(python) && existsSync(mark) && readFileSync(mark, 'utf8') === digest) return python;
  process.stderr.write(`Making a Python environment in ${folder}; this takes minutes and some gigabytes.\n`);
  rmSync(folder, { recursive: true, force: true });
  makeEnvironment(folder, python, requirements);
  writeFileSync(mark, digest);
  return python;
}

function makeEnvironment(folder: string, python: string, requirements: string): void {
  if (succeeds('uv', ['--version'])) {
    run('uv', ['venv', '--python', `>=3.${minorMin},<3.${minorMax + 1}`, folder]);
    const install = ['pip', 'install', '--python', python, '-r', requirements];
    // The builds for a CPU: an export needs no GPU, and those with CUDA are gigabytes larger. They lie at an address of
    // their own, which not every network lets through.
    if (tryToRun('uv', [...install, '--torch-backend', 'cpu'])) return;
    run('uv', install);
    return;
  }
  const names = process.platform === 'win32' ? ['py', 'python'] : ['python3', 'python'];
  const found = names.find((name) => isRecent(name));
  if (found === undefined)
    throw new Error(
      `an export needs ${needed}, or uv, which brings it along; neither is here. A Python elsewhere is named with --python.`,
    );
  run(found, ['-m', 'venv', folder]);
  run(python, ['-m', 'pip', 'install', '--quiet', '-r', requirements]);
}

const succeeds = (command: string, argv: readonly string[]): boolean =>
  spawnSync(command, argv, { stdio: 'ignore' }).status === 0;

const isRecent = (command: string): boolean =>
  succeeds(command, [
    '-c',
    `import sys, venv; sys.exit(not (3, ${minorMin}) <= sys.version_info[:2] <= (3, ${minorMax}))`,
  ]);

export const canImport = (python: string): boolean =>
  succeeds(python, ['-c', 'import numpy, onnx, onnxruntime, torch, torchvision, yaml']);

/** What it prints is for people. */
const tryToRun = (command: string, argv: readonly string[]): boolean =>
  spawnSync(command, argv, { stdio: ['ignore', 2, 2] }).status === 0;

function run(command: string, argv: readonly string[]): void {
  if (!tryToRun(command, argv)) throw new Error(`${[command, ...argv].join(' ')} failed; see above`);
}
