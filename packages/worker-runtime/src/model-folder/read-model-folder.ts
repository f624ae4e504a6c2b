/**
 * The fourth door: a folder on disk becomes a typed model, or an error that lists everything wrong with it. Reads
 * only, so the folder may be mounted read-only; does not load the model, and does not compare the manifest with what
 * the ONNX file says of itself (the adapter does).
 */
import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { readdir, readFile, stat } from 'node:fs/promises';
import { basename, isAbsolute, join, relative, resolve, sep } from 'node:path';
import { pipeline } from 'node:stream/promises';
import type { Manifest } from '@shoal/shared/contract';
import { describeBareModel, howToExport, isTorchFile } from './bare-model.ts';
import { ModelFolderError } from './model-folder-error.ts';
import { parseManifest } from './parse-manifest.ts';
import { readLabels } from './read-labels.ts';

/** A manifest whose labels, where it has any, are the names themselves. */
export type ResolvedManifest = Omit<Manifest, 'labels'> & { readonly labels?: string[] };

export interface ModelFolder {
  /** Absolute. */
  readonly dir: string;
  readonly name: string;
  readonly manifest: ResolvedManifest;
  readonly modelPath: string;
  /** Of the model file, 64 hex digits. Weights in a file of their own beside it (`.onnx.data`) are not part of it. */
  readonly sha256: string;
  /** The manifest's, else the beginning of the hash. */
  readonly version: string;
}

const versionDigits = 12;

/** Throws `ModelFolderError` with every problem of the folder at once. */
export async function readModelFolder(dir: string): Promise<ModelFolder> {
  const absolute = resolve(dir);
  const folder = basename(absolute);
  const fileNames = await listFiles(absolute, folder);
  if (!fileNames.includes('model.yaml'))
    return readFiles(absolute, folder, await describeBareModel(absolute, folder, fileNames));

  const parsed = parseManifest(await readFile(join(absolute, 'model.yaml'), 'utf8'));
  if ('manifest' in parsed) return readFiles(absolute, folder, parsed.manifest);
  // The files that a faulty manifest names are looked at as well: nobody wants to learn of them one start later.
  const { file, labels } = parsed.fields;
  const problems = [...parsed.problems];
  const note = async (work: Promise<unknown>): Promise<void> => {
    await work.catch((error: unknown) => problems.push(sentence(error)));
  };
  if (typeof file === 'string') await note(locateModel(absolute, file));
  if (typeof labels === 'string') await note(resolveLabels(absolute, labels));
  throw ModelFolderError.of(folder, problems);
}

async function readFiles(dir: string, folder: string, declared: Manifest): Promise<ModelFolder> {
  const [model, labels] = await Promise.allSettled([
    locateModel(dir, declared.file).then(async (path) => ({ path, sha256: await hashFile(path) })),
    resolveLabels(dir, declared.labels),
  ]);
  const problems: string[] = [];
  if (model.status === 'rejected') problems.push(sentence(model.reason));
  else if (declared.sha256 !== undefined && declared.sha256 !== model.value.sha256)
    problems.push(
      `sha256: expected ${declared.sha256}, found ${model.value.sha256} in ${declared.file}; ` +
        'the file is not the one that the manifest was written for',
    );
  if (labels.status === 'rejected') problems.push(sentence(labels.reason));
  if (model.status === 'rejected' || labels.status === 'rejected' || problems.length > 0)
    throw ModelFolderError.of(folder, problems);

  const { labels: _declaredLabels, ...rest } = declared;
  const { path: modelPath, sha256 } = model.value;
  return {
    dir,
    name: declared.name,
    manifest: labels.value === undefined ? rest : { ...rest, labels: labels.value },
    modelPath,
    sha256,
    version: declared.version ?? sha256.slice(0, versionDigits),
  };
}

async function listFiles(dir: string, folder: string): Promise<string[]> {
  try {
    const names = await readdir(dir);
    return names.filter((name) => !name.startsWith('.')).sort();
  } catch (error) {
    throw ModelFolderError.of(folder, [`expected a folder at ${dir} (${errorCode(error)})`], {
      cause: error,
    });
  }
}

async function locateModel(dir: string, file: string): Promise<string> {
  const path = await locate(dir, 'file', file);
  if (isTorchFile(file)) throw new Error(`file: ${howToExport(file)}`);
  return path;
}

async function resolveLabels(dir: string, labels: Manifest['labels']): Promise<string[] | undefined> {
  if (typeof labels !== 'string') return labels;
  const path = await locate(dir, 'labels', labels);
  return readLabels(path).catch((error: unknown) => {
    throw new Error(`labels: ${labels}: ${sentence(error)}`, { cause: error });
  });
}

/**
 * A name in a manifest must stay inside its folder, because manifests are passed around and a name is only text. A
 * symbolic link is followed wherever it leads: it was made by someone with write access to the folder, and both
 * Kubernetes volumes and download caches are built of them.
 */
async function locate(dir: string, field: string, name: string): Promise<string> {
  const path = resolve(dir, name);
  const inside = relative(dir, path);
  if (isAbsolute(name) || inside === '' || inside === '..' || inside.startsWith(`..${sep}`))
    throw new Error(`${field}: expected a file inside the folder, found "${name}"`);
  const found = await stat(path).catch((error: unknown) => {
    throw new Error(`${field}: expected a file, found no "${name}" (${errorCode(error)})`, { cause: error });
  });
  if (!found.isFile()) throw new Error(`${field}: expected a file, found that "${name}" is none`);
  return path;
}

/** Streamed, because weights may be larger than what a worker has to spare. */
async function hashFile(path: string): Promise<string> {
  const hash = createHash('sha256');
  await pipeline(createReadStream(path), hash);
  return hash.digest('hex');
}

function errorCode(error: unknown): string {
  return (error as NodeJS.ErrnoException).code ?? String(error);
}

function sentence(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
