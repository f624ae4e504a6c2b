/** `shoal compare`: opens both sides, has their answers compared, and hands the outcome to a terminal, a program or a report. */
import { stat } from 'node:fs/promises';
import path from 'node:path';
import { CommandError, exitStatus, usageError } from '../exit-status.ts';
import { watchForInterruption } from '../interruption.ts';
import { countPictures, walkPictures, type FoundPicture } from '../pictures/walk-pictures.ts';
import { showProgress } from '../progress.ts';
import { countOf, printJson, say } from '../terminal.ts';
import { comparePictures } from './compare-pictures.ts';
import type { CompareWords } from './compare.ts';
import { openSide } from './open-side.ts';
import { describeComparison } from './describe-comparison.ts';
import type { Side } from './side.ts';
import { writeReport } from './write-report.ts';

export async function compareSides(
  a: string,
  b: string,
  folder: string | undefined,
  words: CompareWords,
): Promise<void> {
  const urlB = words.urlB ?? words.url;
  if (a === b && urlB === words.url) throw usageError(`both sides are ${a}: there is nothing to compare`);
  if (folder !== undefined) await checkFolder(folder);
  const opened: Side[] = [];
  const interruption = watchForInterruption();
  try {
    const sideA = await openSide(a, words.url, words);
    opened.push(sideA);
    const sideB = await openSide(b, urlB, words);
    opened.push(sideB);
    await compareOpened([sideA, sideB], folder, words, interruption.signal);
  } catch (error) {
    if (!interruption.signal.aborted) throw error;
    throw new CommandError('', exitStatus.interrupted, { cause: error });
  } finally {
    interruption.stop();
    await Promise.all(opened.map((side) => side.close()));
  }
}

async function compareOpened(
  sides: readonly [Side, Side],
  folder: string | undefined,
  words: CompareWords,
  signal: AbortSignal,
): Promise<void> {
  const pictures = picturesOf(sides, folder);
  const progress = tellProgress(folder);
  const comparison = await comparePictures(sides, pictures, {
    overlapMin: words.overlap,
    isAnyClass: words.anyClass === true,
    worstMax: words.worst,
    signal,
    onPicture: progress.count,
  }).finally(progress.stop);
  const { compared, unanswered } = comparison.pictures;
  if (compared + unanswered === 0) throw usageError(`there is no picture in ${folder}`);
  const report = words.out === undefined ? undefined : await writeReport(words.out, comparison, folder);
  if (words.json === true) printJson(comparison);
  else console.log(describeComparison(comparison));
  if (report !== undefined) say(`The report is ${report}`);
  if (unanswered > 0) throw new CommandError(`${countOf(unanswered, 'picture')} could not be compared`);
}

async function checkFolder(folder: string): Promise<void> {
  const found = await stat(folder).catch((error: Error) => {
    throw usageError(error.message);
  });
  if (!found.isDirectory()) throw usageError(`${folder} is no folder`);
}

/** Those of the folder; of files of results without one, all that either has. */
function picturesOf(sides: readonly [Side, Side], folder: string | undefined): AsyncIterable<FoundPicture> {
  if (folder !== undefined) return walkPictures(folder, { onUnreadable: tellUnreadable });
  const [a, b] = sides.map(({ files }) => files);
  if (a === undefined || b === undefined) throw usageError('a model needs a folder of pictures to look at');
  return namedPictures(a, b);
}

function tellUnreadable(name: string, reason: string): void {
  say(`${name} is left out: ${reason}`);
}

async function* namedPictures(a: Iterable<string>, b: Iterable<string>): AsyncGenerator<FoundPicture> {
  for (const name of new Set([...a, ...b])) yield { name, path: path.normalize(name) };
}

/** Counts what there is while it goes on: a long list would otherwise be walked twice before anything is seen. */
function tellProgress(folder: string | undefined): { readonly count: () => void; readonly stop: () => void } {
  const counting = new AbortController();
  let done = 0;
  let total: number | undefined;
  const count = folder === undefined ? undefined : countPictures(folder, counting.signal);
  void count?.then((found) => (total = found)).catch(() => undefined);
  const hide = showProgress(process.stderr, () => ({
    share: total === undefined || total === 0 ? undefined : done / total,
    line: `${total === undefined ? done : `${done} of ${total}`} compared`,
  }));
  return {
    count: () => {
      done += 1;
    },
    stop: () => {
      counting.abort();
      hide();
    },
  };
}
