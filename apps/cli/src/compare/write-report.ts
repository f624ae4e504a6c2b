/** The report of a comparison as files: `index.html`, which shows pictures and needs no other file for it, and `comparison.json`. */
import { mkdir, readFile, stat, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import { CommandError } from '../exit-status.ts';
import { mediaTypeOf } from '../pictures/picture-names.ts';
import type { Comparison } from './compare-pictures.ts';
import { renderReport } from './render-report.ts';

/** Bytes of a picture's file that goes into the page, and of all together; what is larger is linked to where it lies. */
const embeddedBytesMax = 8_000_000;
const embeddedBytesTotalMax = 96_000_000;

/** Browsers show no TIFF. */
const shownTypes = new Set(['image/jpeg', 'image/png', 'image/webp', 'image/avif', 'image/gif']);

/** Resolves to the page's path. Without a `folder` boxes are shown on an empty ground. */
export async function writeReport(
  out: string,
  comparison: Comparison,
  folder: string | undefined,
): Promise<string> {
  const page = path.join(out, 'index.html');
  try {
    await mkdir(out, { recursive: true });
    const sources = new Map<string, string>();
    let left = embeddedBytesTotalMax;
    for (const { file } of folder === undefined ? [] : comparison.worst) {
      const picture = path.join(folder!, file);
      const source = await sourceOf(picture, path.resolve(out), Math.min(left, embeddedBytesMax));
      if (source === undefined) continue;
      sources.set(file, source.text);
      left -= source.embeddedBytes;
    }
    await writeFile(page, renderReport(comparison, sources));
    await writeFile(path.join(out, 'comparison.json'), `${JSON.stringify(comparison, null, 2)}\n`);
  } catch (error) {
    throw new CommandError(`the report cannot be written: ${(error as Error).message}`, 1, { cause: error });
  }
  return page;
}

/** Undefined where a browser would show nothing. */
async function sourceOf(
  picture: string,
  out: string,
  bytesMax: number,
): Promise<{ readonly text: string; readonly embeddedBytes: number } | undefined> {
  const type = mediaTypeOf(picture);
  if (!shownTypes.has(type)) return undefined;
  const found = await stat(picture).catch(() => undefined);
  if (found === undefined) return undefined;
  if (found.size > bytesMax) return { text: linkTo(picture, out), embeddedBytes: 0 };
  const bytes = await readFile(picture);
  return { text: `data:${type};base64,${bytes.toString('base64')}`, embeddedBytes: bytes.length };
}

/** Relative, so that both can be moved together; absolute on another drive of Windows. */
function linkTo(picture: string, out: string): string {
  const relative = path.relative(out, path.resolve(picture));
  if (path.isAbsolute(relative)) return pathToFileURL(relative).href;
  return relative.split(path.sep).map(encodeURIComponent).join('/');
}
