/**
 * Finds the pictures in a folder, one at a time: a folder of a million files is never in memory. It opens none of them, and
 * what it passes by is told and not hidden: files that are no pictures, links that lead in a circle, folders that cannot be read.
 */
import { opendir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { isPictureName } from './picture-names.ts';

export interface FoundPicture {
  readonly path: string;
  /** From the folder on, with forward slashes on every system. */
  readonly name: string;
}

export interface WalkOptions {
  /** Into the folders below as well, which is the default. */
  readonly isRecursive?: boolean | undefined;
  /** Told of each file that is no picture. */
  readonly onOther?: ((name: string) => void) | undefined;
  /** Told of each link to a folder that it is in, which is not followed. */
  readonly onLoop?: ((name: string) => void) | undefined;
  /** Told of a folder that could not be looked at; without it that is thrown. */
  readonly onUnreadable?: ((name: string, reason: string) => void) | undefined;
}

/**
 * Names are sorted within a folder as long as it has no more than so many; a larger one comes in sorted pieces of that size, since
 * sorting it whole would hold all of it.
 */
const sortedAtOnceMax = 10_000;

/** A folder on the way down, to know a link that leads back up. */
interface Ancestor {
  readonly id: string;
  readonly above: Ancestor | undefined;
}

interface Folder {
  readonly path: string;
  readonly name: string;
  readonly above: Ancestor | undefined;
}

/**
 * The pictures of a folder come before those of the folders in it. Links are followed, except to a folder that they are in.
 * Throws what the file system says when `folder` itself cannot be read.
 */
export async function* walkPictures(folder: string, options: WalkOptions = {}): AsyncGenerator<FoundPicture> {
  const { isRecursive = true, onOther, onLoop, onUnreadable } = options;
  const pending: Folder[] = [{ path: folder, name: '', above: undefined }];
  for (let current = pending.pop(); current !== undefined; current = pending.pop()) {
    const below: Folder[] = [];
    try {
      const here = { id: await idOf(current.path), above: current.above };
      if (isWithin(here.id, current.above)) {
        onLoop?.(current.name);
        continue;
      }
      for await (const names of sortedPieces(current.path)) {
        for (const { name, kind } of names) {
          const found = { path: join(current.path, name), name: current.name + name };
          const is = kind === 'link' ? await kindBehind(found.path) : kind;
          if (is === 'folder' && isRecursive && !name.startsWith('.')) {
            below.push({ path: found.path, name: `${found.name}/`, above: here });
          } else if (is === 'file' && isPictureName(name)) yield found;
          else if (is === 'file') onOther?.(found.name);
        }
      }
    } catch (error) {
      if (current.name === '' || onUnreadable === undefined) throw error;
      onUnreadable(current.name, (error as Error).message);
    }
    pending.push(...below.toReversed());
  }
}

type Kind = 'file' | 'folder' | 'link' | 'other';
interface Entry {
  readonly name: string;
  readonly kind: Kind;
}

async function* sortedPieces(path: string): AsyncGenerator<readonly Entry[]> {
  let piece: Entry[] = [];
  for await (const entry of await opendir(path, { bufferSize: 256 })) {
    piece.push({
      name: entry.name,
      kind: entry.isFile()
        ? 'file'
        : entry.isDirectory()
          ? 'folder'
          : entry.isSymbolicLink()
            ? 'link'
            : 'other',
    });
    if (piece.length < sortedAtOnceMax) continue;
    yield piece.sort(byName);
    piece = [];
  }
  yield piece.sort(byName);
}

const byName = (a: Entry, b: Entry): number => (a.name < b.name ? -1 : 1);

/** A link into nothing is a file that cannot be opened: whoever opens it says so. */
async function kindBehind(path: string): Promise<Kind> {
  const found = await stat(path).catch(() => undefined);
  if (found === undefined) return 'file';
  return found.isFile() ? 'file' : found.isDirectory() ? 'folder' : 'other';
}

async function idOf(path: string): Promise<string> {
  const { dev, ino } = await stat(path, { bigint: true });
  return `${dev}:${ino}`;
}

function isWithin(id: string, ancestor: Ancestor | undefined): boolean {
  for (let above = ancestor; above !== undefined; above = above.above) if (above.id === id) return true;
  return false;
}

/** Stops counting when `signal` says so; what cannot be read counts as nothing. */
export async function countPictures(
  folder: string,
  signal: AbortSignal,
  isRecursive = true,
): Promise<number | undefined> {
  let count = 0;
  for await (const _ of walkPictures(folder, { isRecursive, onUnreadable: () => {} })) {
    if (signal.aborted) return undefined;
    count += 1;
  }
  return count;
}
