/** Finds the worker apps of the installation that this program is part of: sources in a checkout, builds in an image. */
import { existsSync, readdirSync } from 'node:fs';
import path from 'node:path';

export interface WorkerApp {
  readonly family: string;
  /** Its main file. */
  readonly entry: string;
}

/** Sources first: in a checkout what was built may be older. */
const mainFiles = ['src/main.ts', 'dist/main.js'];

/** Looks in `folder` and upwards; by family, empty where this program is a file by itself. */
export function findWorkers(folder: string): readonly WorkerApp[] {
  const workers = workersIn(path.join(folder, 'apps'));
  const above = path.dirname(folder);
  return workers.length > 0 || above === folder ? workers : findWorkers(above);
}

function workersIn(apps: string): readonly WorkerApp[] {
  if (!existsSync(apps)) return [];
  return readdirSync(apps)
    .filter((name) => name.startsWith('worker-'))
    .toSorted()
    .flatMap((name) => {
      const entry = mainFiles.map((file) => path.join(apps, name, file)).find((file) => existsSync(file));
      return entry === undefined ? [] : [{ family: name.slice('worker-'.length), entry }];
    });
}
