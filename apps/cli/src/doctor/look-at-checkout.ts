/** Where the command line runs from a checkout: what this machine has of what a start needs. Elsewhere there is nothing to look at. */
import { execFile } from 'node:child_process';
import { existsSync, readFileSync, readdirSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { ok, warn, type Finding } from './finding.ts';

const run = promisify(execFile);
const commandMsMax = 5_000;

export async function lookAtCheckout(): Promise<readonly Finding[]> {
  const root = findCheckout(path.dirname(fileURLToPath(import.meta.url)));
  if (root === undefined) return [];
  return [lookAtNode(root), ...lookAtModelFolders(root), await lookAtDocker()];
}

function findCheckout(folder: string): string | undefined {
  const manifest = path.join(folder, 'package.json');
  if (existsSync(path.join(folder, 'pnpm-workspace.yaml')) && existsSync(manifest)) return folder;
  const above = path.dirname(folder);
  return above === folder ? undefined : findCheckout(above);
}

function lookAtNode(root: string): Finding {
  const bin = path.join(root, 'node_modules', '.bin', 'node');
  if (existsSync(bin)) return ok('node', `Node 24 is installed in this checkout; this is ${process.version}`);
  return warn('node', 'the packages of this checkout are not installed', '`npm start` installs them');
}

/** As far as it can be told without loading one: `shoal models check` does that. */
function lookAtModelFolders(root: string): readonly Finding[] {
  const folder = path.resolve(root, process.env['MODELS_DIR'] ?? 'models');
  if (!existsSync(folder)) {
    return [
      warn('folders', `there is no ${folder}`, 'set MODELS_DIR to the folder that holds the model folders'),
    ];
  }
  const names = readdirSync(folder, { withFileTypes: true })
    .filter((entry) => (entry.isDirectory() || entry.isSymbolicLink()) && !entry.name.startsWith('.'))
    .map(({ name }) => name);
  const broken = names.flatMap((name) => {
    const problem = problemOf(path.join(folder, name));
    return problem === undefined
      ? []
      : [warn('folders', `${name}: ${problem}`, adviceFor(path.join(folder, name)))];
  });
  return broken.length > 0 ? broken : [ok('folders', `${names.length} model folders in ${folder}`)];
}

const adviceFor = (folder: string): string => `\`shoal models check ${folder}\` says more`;

function problemOf(folder: string): string | undefined {
  try {
    const manifest = path.join(folder, 'model.yaml');
    const files = readdirSync(folder);
    if (!existsSync(manifest)) {
      return files.some((file) => file.endsWith('.onnx')) ? undefined : 'no model.yaml, and no model';
    }
    const named = /^file:\s*["']?([^"'#\n]+?)["']?\s*(?:#.*)?$/m.exec(readFileSync(manifest, 'utf8'))?.[1];
    const model = named ?? 'model.onnx';
    return existsSync(path.join(folder, model)) ? undefined : `${model} is not there`;
  } catch (error) {
    return (error as Error).message;
  }
}

async function askDocker(...words: readonly string[]): Promise<string> {
  return (await run('docker', words, { timeout: commandMsMax })).stdout.trim();
}

async function lookAtDocker(): Promise<Finding> {
  try {
    const engine = await askDocker('version', '--format', '{{.Server.Version}}');
    const compose = await askDocker('compose', 'version', '--short').catch(() => undefined);
    if (compose !== undefined) return ok('docker', `Docker ${engine} with Compose ${compose}`);
    return warn(
      'docker',
      `Docker ${engine}, without Compose`,
      '`docker compose` is a plugin: install it, or use `npm start`',
    );
  } catch {
    return ok('docker', 'not at hand; `npm start` does without it');
  }
}
