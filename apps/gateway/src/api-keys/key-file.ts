/**
 * The form of the file of API keys: a line for each, `name sha256 date`, and comments behind `#`. A file with one line that
 * cannot be read is not read at all: half of the keys would be a guess. No message repeats what stands in a line, since that
 * may be a key that somebody put there as it is.
 */

export interface KeyRow {
  readonly name: string;
  /** 32 bytes, of the key itself. */
  readonly digest: Buffer;
  /** The day on which it was made, as YYYY-MM-DD. */
  readonly created: string;
}

/** A sentence for the person who looks after the file. */
export class KeyFileError extends Error {
  override readonly name = 'KeyFileError';
}

/** The name is written into logs and into a key of Redis. */
const namePattern = /^[a-z0-9][a-z0-9._-]{0,62}$/;
export const nameForm = 'lower-case letters, digits, dots, dashes and underscores, 63 at most';

const line = /^(\S+)[ \t]+([0-9a-f]{64})[ \t]+(\d{4}-\d{2}-\d{2})$/;
const keysMax = 1_000;

const heading = '# API keys of Shoal: name, SHA-256 of the key, day. Changes count within a second.';

export function isKeyName(name: string): boolean {
  return namePattern.test(name);
}

/** Throws a KeyFileError that names every line which is wrong. */
export function parseKeyFile(text: string): readonly KeyRow[] {
  const rows: KeyRow[] = [];
  const problems: string[] = [];
  for (const [index, raw] of text.split(/\r?\n/).entries()) {
    const content = raw.trim();
    if (content === '' || content.startsWith('#')) continue;
    const [, name = '', digest = '', created = ''] = line.exec(content) ?? [];
    if (!isKeyName(name)) problems.push(`line ${index + 1}: expected "name sha256 date"`);
    else if (rows.some((row) => row.name === name))
      problems.push(`line ${index + 1}: "${name}" is there twice`);
    else rows.push({ name, digest: Buffer.from(digest, 'hex'), created });
  }
  if (rows.length > keysMax) problems.push(`it has ${rows.length} keys, at most ${keysMax}`);
  if (problems.length > 0) throw new KeyFileError(problems.join('; '));
  return rows;
}

export function renderKeyFile(rows: readonly KeyRow[]): string {
  const lines = rows.map(({ name, digest, created }) => `${name} ${digest.toString('hex')} ${created}`);
  return `${[heading, ...lines].join('\n')}\n`;
}
