/** A labels file to class names by index: one name a line. Knows nothing of manifests or models. */
import { readFile } from 'node:fs/promises';

/**
 * Line ends may be CRLF, and a byte-order mark and blank lines at the end do not count. A blank line between names
 * would shift every class after it, so it is an error, as is a file without names: throws an Error with a sentence
 * that begins after the file's name.
 */
export async function readLabels(path: string): Promise<string[]> {
  const text = await readFile(path, 'utf8');
  // Trimming takes the rest of a CRLF and a byte-order mark away as well.
  const lines = text.split('\n').map((line) => line.trim());
  while (lines.at(-1) === '') lines.pop();
  if (lines.length === 0) throw new Error('expected one name a line, found none');
  const blank = lines.indexOf('');
  if (blank !== -1)
    throw new Error(`line ${blank + 1} is blank, and every name after it would belong to the wrong class`);
  return lines;
}
