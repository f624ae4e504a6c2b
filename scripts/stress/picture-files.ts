/** Finds pictures in a folder, one name at a time: a folder of a million files is never in memory. It opens none of them. */
import { opendir, stat } from 'node:fs/promises';
import { extname, join } from 'node:path';

const mediaTypes: Readonly<Record<string, string>> = {
  '.jpg': 'image/jpeg',
  '.jpeg': 'image/jpeg',
  '.png': 'image/png',
  '.webp': 'image/webp',
  '.tif': 'image/tiff',
  '.tiff': 'image/tiff',
  '.avif': 'image/avif',
  '.gif': 'image/gif',
};

export const pictureExtensions = Object.keys(mediaTypes);

/** By its name alone; servers look at the bytes. */
export function mediaTypeOf(fileName: string): string {
  return mediaTypes[extname(fileName).toLowerCase()] ?? 'application/octet-stream';
}

/**
 * Every picture below `folder`, in the order in which the file system tells of them. Links to files are followed; links to
 * folders are not, since they may lead in a circle. Throws what the file system says when a folder cannot be read.
 */
export async function* walkPictures(folder: string): AsyncGenerator<string> {
  const folders = [folder];
  for (let current = folders.pop(); current !== undefined; current = folders.pop()) {
    for await (const entry of await opendir(current)) {
      const path = join(current, entry.name);
      if (entry.isDirectory()) folders.push(path);
      else if (extname(entry.name).toLowerCase() in mediaTypes && (await isFile(entry, path))) yield path;
    }
  }
}

async function isFile(
  entry: { isFile(): boolean; isSymbolicLink(): boolean },
  path: string,
): Promise<boolean> {
  if (!entry.isSymbolicLink()) return entry.isFile();
  return (await stat(path).catch(() => undefined))?.isFile() === true;
}

/** Stops counting when `signal` says so. */
export async function countPictures(folder: string, signal: AbortSignal): Promise<number> {
  let count = 0;
  for await (const _ of walkPictures(folder)) {
    count += 1;
    if (signal.aborted) break;
  }
  return count;
}
