/**
 * Decides which models are started and which app serves each: a model names its family, and the family's app is
 * `apps/worker-<family>`. It reads names only; whether the weights compute is the worker's finding.
 */
import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';

export interface FoundModel {
  readonly name: string;
  /** The family, as the manifest's `adapter` says. */
  readonly adapter: string;
}

export interface ModelToStart {
  readonly name: string;
  readonly folder: string;
  /** The worker's entry, relative to the root, so that its process shows the app's folder. */
  readonly entry: string;
}

/** The families that there is an app for. */
export function listFamilies(root: string): string[] {
  return readdirSync(join(root, 'apps'))
    .filter((name) => name.startsWith('worker-') && existsSync(join(root, 'apps', name, 'src', 'main.ts')))
    .map((name) => name.slice('worker-'.length))
    .toSorted();
}

export interface ModelsAtHand {
  readonly directory: string;
  /** Per folder, what is in it or why it cannot be read. */
  readonly folders: ReadonlyMap<string, FoundModel | Error>;
  readonly families: readonly string[];
}

/**
 * `wanted` holds names of models or of their folders; undefined means every folder, and then a broken one stops the
 * start as well, because nobody asked to go without it. Throws one Error with every problem, a line each.
 */
export function chooseModels(
  { directory, folders, families }: ModelsAtHand,
  wanted: readonly string[] | undefined,
): ModelToStart[] {
  const there = [...folders.keys()];
  if (there.length === 0) {
    throw new Error(`There is no model in ${directory}: a model is a folder with a model.yaml in it.`);
  }
  const problems: string[] = [];
  const chosen = new Map<string, ModelToStart>();
  for (const asked of new Set(wanted ?? there)) {
    const folder = folders.has(asked)
      ? asked
      : there.find((candidate) => nameIn(folders.get(candidate)) === asked);
    const found = folder === undefined ? undefined : folders.get(folder);
    if (folder === undefined || found === undefined) {
      problems.push(
        `MODELS names "${asked}", and ${directory} has no such model; it has ${there.join(', ')}.`,
      );
    } else if (found instanceof Error) {
      problems.push(`The model ${folder} is broken. ${found.message}`);
    } else if (!families.includes(found.adapter)) {
      problems.push(
        `The model ${folder} is of the family "${found.adapter}", which no app serves; there is ${families.join(', ')}.`,
      );
    } else {
      const other = chosen.get(found.name);
      if (other !== undefined && other.folder !== folder) {
        problems.push(
          `The folders ${other.folder} and ${folder} both hold a model that is named ${found.name}.`,
        );
      }
      chosen.set(found.name, { name: found.name, folder, entry: `apps/worker-${found.adapter}/src/main.ts` });
    }
  }
  if (problems.length > 0 && wanted === undefined && chosen.size > 0) {
    problems.push(`To start with the others alone: MODELS=${[...chosen.keys()].join(',')} npm start`);
  }
  if (problems.length > 0) throw new Error(problems.join('\n'));
  return [...chosen.values()];
}

function nameIn(found: FoundModel | Error | undefined): string | undefined {
  return found instanceof Error ? undefined : found?.name;
}
