/** For Node: pictures that are files. */
import { readFile } from 'node:fs/promises';
import path from 'node:path';
import type { LazyImage } from './image-input.ts';

export interface FileImage extends LazyImage {
  readonly path: string;
}

/** A file that is read when its turn comes and let go of when it was sent, so that a long list of them costs only their names. */
export function fileImage(file: string): FileImage {
  return { path: file, name: path.basename(file), open: () => readFile(file) };
}
