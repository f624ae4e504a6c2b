/**
 * The checkout that this program is part of, if it is, and the zoo in it: manifests of well-known models, without weights. A
 * `shoal.mjs` by itself has neither, and says so where it matters.
 */
import { existsSync } from 'node:fs';
import { readdir, readFile } from 'node:fs/promises';
import path from 'node:path';
import type { Manifest } from '@shoal/shared/contract';
import { readManifest } from './read-manifest.ts';

export interface ZooEntry {
  readonly manifest: Manifest;
  /** Of the `model.yaml`. */
  readonly text: string;
  /** The file of class names, where the manifest names one. */
  readonly labels?: { readonly file: string; readonly text: string };
}

/** Looks in `folder` and upwards. */
export function findCheckout(folder: string): string | undefined {
  if (existsSync(path.join(folder, 'zoo')) && existsSync(path.join(folder, 'tools', 'export', 'main.ts')))
    return folder;
  const above = path.dirname(folder);
  return above === folder ? undefined : findCheckout(above);
}

/** Sorted. */
export async function listZoo(checkout: string): Promise<readonly string[]> {
  const entries = await readdir(path.join(checkout, 'zoo'), { withFileTypes: true });
  return entries.flatMap((entry) => (entry.isDirectory() ? [entry.name] : [])).toSorted();
}

/** `name` is one that `listZoo` gives. */
export async function readZooEntry(checkout: string, name: string): Promise<ZooEntry> {
  const folder = path.join(checkout, 'zoo', name);
  const text = await readFile(path.join(folder, 'model.yaml'), 'utf8');
  const manifest = readManifest(text, `zoo/${name}/model.yaml`);
  if (typeof manifest.labels !== 'string') return { manifest, text };
  const labels = await readFile(path.join(folder, manifest.labels), 'utf8');
  return { manifest, text, labels: { file: manifest.labels, text: labels } };
}
