/** Puts together what a model folder holds, aside from where it is served: manifest, names of classes, weights. */
import { mkdir, open, rename, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { CommandError } from '../../exit-status.ts';
import type { Received } from './fetch-files.ts';
import { withFields } from './read-manifest.ts';
import type { WantedModel } from './wanted-model.ts';

/** The manifest and the names that the exported model gets; it says now what was received. */
export async function makeLike(
  wanted: WantedModel,
  folder: string,
  received: Received,
): Promise<string | undefined> {
  const { entry } = wanted;
  if (entry === undefined) return undefined;
  const like = path.join(folder, 'like');
  await rm(like, { recursive: true, force: true });
  await mkdir(like);
  const text = withFields(entry.text, [
    [['name'], wanted.name],
    [['weights', 'bytes'], received.bytes],
    [['weights', 'sha256'], received.sha256],
  ]);
  await writeFile(path.join(like, 'model.yaml'), text);
  if (entry.labels !== undefined) await writeFile(path.join(like, entry.labels.file), entry.labels.text);
  return like;
}

/** A folder with the ONNX file as it came. */
export async function makeFolder(wanted: WantedModel, folder: string, received: Received): Promise<string> {
  const { entry } = wanted;
  await refuseStandIn(received.file);
  const made = path.join(folder, 'made');
  await rm(made, { recursive: true, force: true });
  await mkdir(made);
  const file = entry?.manifest.file ?? 'model.onnx';
  await rename(received.file, path.join(made, file));
  if (entry === undefined) return made;
  const text = withFields(entry.text, [
    [['name'], wanted.name],
    [['sha256'], received.sha256],
  ]);
  await writeFile(path.join(made, 'model.yaml'), text);
  if (entry.labels !== undefined) await writeFile(path.join(made, entry.labels.file), entry.labels.text);
  return made;
}

/** A page that calls itself a file, or what version control keeps in the place of a large one. */
async function refuseStandIn(weights: string): Promise<void> {
  const file = await open(weights);
  const { buffer } = await file.read({ buffer: Buffer.alloc(64) });
  await file.close();
  const start = buffer.toString('latin1').trimStart();
  if (!start.startsWith('<') && !start.startsWith('version https://git-lfs')) return;
  await rm(weights);
  throw new CommandError('what came is text and not an ONNX file; look for the address of the file itself');
}
