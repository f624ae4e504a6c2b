/**
 * What has been received of a file: `<file>.part` and, beside it, of which address and which state of the file there it is a part.
 * A part whose origin cannot be told is worth nothing and is dropped.
 */
import { createHash, type Hash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { readFile, rm, stat, writeFile } from 'node:fs/promises';

export interface PartOrigin {
  readonly url: string;
  /** A strong entity tag, or a date: what `If-Range` takes. */
  readonly validator?: string;
}

export interface Part {
  readonly path: string;
  readonly bytes: number;
  readonly validator?: string;
  readonly sha256: Hash;
  readonly md5: Hash;
}

const originOf = (file: string): string => `${file}.part.json`;
export const partOf = (file: string): string => `${file}.part`;

/** What there is of `file` from this address; nothing counts as zero bytes. */
export async function openPart(file: string, url: string): Promise<Part> {
  const path = partOf(file);
  const origin = await readOrigin(file);
  const size = await stat(path).then(
    (found) => found.size,
    () => 0,
  );
  if (origin?.url !== url || size === 0) {
    await dropPart(file);
    return emptyPart(file);
  }
  return {
    path,
    bytes: size,
    ...(origin.validator !== undefined && { validator: origin.validator }),
    ...(await digest(path)),
  };
}

export const emptyPart = (file: string): Part => ({
  path: partOf(file),
  bytes: 0,
  sha256: createHash('sha256'),
  md5: createHash('md5'),
});

export async function dropPart(file: string): Promise<void> {
  await rm(partOf(file), { force: true });
  await rm(originOf(file), { force: true });
}

/** Written before the first byte, so that no part lies there without its origin. */
export const writeOrigin = (file: string, origin: PartOrigin): Promise<void> =>
  writeFile(originOf(file), JSON.stringify(origin));

async function readOrigin(file: string): Promise<PartOrigin | undefined> {
  try {
    const origin = JSON.parse(await readFile(originOf(file), 'utf8')) as Partial<PartOrigin>;
    return typeof origin.url === 'string' ? (origin as PartOrigin) : undefined;
  } catch {
    return undefined;
  }
}

/** Streamed: weights may be larger than the memory. */
export async function digest(path: string): Promise<{ sha256: Hash; md5: Hash }> {
  const sha256 = createHash('sha256');
  const md5 = createHash('md5');
  for await (const chunk of createReadStream(path)) {
    sha256.update(chunk as Buffer);
    md5.update(chunk as Buffer);
  }
  return { sha256, md5 };
}
