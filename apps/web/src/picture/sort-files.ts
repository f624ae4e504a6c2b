/** Files that arrived together become pictures, videos, and a sentence about what was left out. */
import type { PictureItem, VideoItem } from '../run/picture-item.ts';
import { kindOf } from './file-kind.ts';

export interface ArrivedFile {
  readonly file: File;
  /** Below the folder that was chosen, with forward slashes; the name where there was no folder. */
  readonly relativePath: string;
}

export interface SortedFiles {
  readonly pictures: readonly PictureItem[];
  readonly videos: readonly VideoItem[];
  readonly notice: string | undefined;
}

const byPath = new Intl.Collator('en', { numeric: true });

/**
 * In the order of their paths, as people number them: 9 before 10. Hidden files, which systems leave in folders, are
 * passed over in silence.
 * @param newId gives another one each time
 */
export function sortFiles(arrived: readonly ArrivedFile[], newId: () => string): SortedFiles {
  const pictures: PictureItem[] = [];
  const videos: VideoItem[] = [];
  const refusals: string[] = [];
  const isAlone = arrived.length === 1;
  const seen = arrived.filter(({ file }) => isAlone || !isHidden(file.name));
  const ordered = seen.toSorted((left, right) => byPath.compare(left.relativePath, right.relativePath));
  for (const { file, relativePath } of ordered) {
    const kind = kindOf(file, isAlone);
    if (kind.kind === 'refused') refusals.push(kind.words);
    else if (kind.kind === 'video') videos.push({ id: newId(), file, name: file.name, relativePath });
    else pictures.push(pictureOf(file, relativePath, newId()));
  }
  return { pictures, videos, notice: noticeOf(arrived.length, refusals, pictures.length + videos.length) };
}

export function pictureOf(file: File, relativePath: string, id: string): PictureItem {
  return {
    id,
    source: { kind: 'file', file },
    name: file.name,
    relativePath,
    sizeBytes: file.size,
    runNumber: undefined,
    state: { kind: 'chosen' },
  };
}

function isHidden(name: string): boolean {
  return name.startsWith('.') || name === 'Thumbs.db' || name === 'desktop.ini';
}

function noticeOf(arrivedCount: number, refusals: readonly string[], takenCount: number): string | undefined {
  if (refusals.length === 0) {
    return takenCount === 0 && arrivedCount > 0 ? 'There is no picture among these files.' : undefined;
  }
  if (refusals.length === 1) return refusals[0];
  if (takenCount === 0) return `None of these ${refusals.length} files is a picture or a video.`;
  return `Left out ${refusals.length} files that are no pictures or videos.`;
}
