/**
 * `shoal watch`: looks at a folder again and again and does what is new and whole. A server or a share that is away for a while does
 * not end it; what failed stays failed, as with `map`.
 */
import { existsSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { CommandError, exitStatus } from '../exit-status.ts';
import { watchForInterruption } from '../interruption.ts';
import { openFolderRun, type FolderRun } from '../map/folder-run.ts';
import type { Output } from '../map/output-format.ts';
import { runPictures, type EntrySink } from '../map/run-pictures.ts';
import { tellEnd } from '../map/summary.ts';
import { walkPictures } from '../pictures/walk-pictures.ts';
import { countOf, say } from '../terminal.ts';
import { SettledPictures } from './settled-pictures.ts';
import type { WatchWords } from './watch-command.ts';

export async function watchFolder(path: string, words: WatchWords): Promise<void> {
  const run = await openFolderRun(path, words);
  run.tally.before = run.known.size;
  const { signal, stop } = watchForInterruption();
  const settled = new SettledPictures();
  const rounds = words.once === true ? 2 : Infinity;
  if (words.quiet !== true) say(`watching ${run.folder} with ${run.model.name}, every ${words.interval} s`);
  try {
    for (let round = 1; !signal.aborted; round++) {
      await lookOnce(run, settled, words, signal);
      if (round === rounds) break;
      await sleep(words.interval * 1000, undefined, { signal }).catch(() => {});
    }
  } finally {
    run.sink.close();
    stop();
  }
  finish(run, words);
}

async function lookOnce(
  run: FolderRun,
  settled: SettledPictures,
  words: WatchWords,
  signal: AbortSignal,
): Promise<void> {
  const { tally, known } = run;
  const { answered, failed } = tally;
  tally.unreadableFolders = 0;
  const found = walkPictures(run.folder, {
    isRecursive: words.recursive,
    onUnreadable: (name, reason) => {
      tally.unreadableFolders += 1;
      say(`warning: ${name}: ${reason}`);
    },
  });
  try {
    await runPictures(
      settled.look(found, (name) => known.has(name)),
      {
        ...run,
        sink: remembering(run),
        url: words.url,
        concurrency: words.concurrency,
        patienceMs: words.patience * 1000,
        signal,
      },
    );
  } catch (error) {
    // Being ended is how it ends: what is done is written all the same.
    if (!signal.aborted) {
      if (words.once === true || !isPassing(error)) throw error;
      say(`warning: ${(error as Error).message}`);
    }
  }
  if (tally.done === answered + failed && isWritten(run.output)) return;
  await run.writeFile();
  if (words.quiet === true) return;
  const news = countOf(tally.answered - answered, 'picture');
  say(`${new Date().toISOString()} ${news} answered, ${tally.failed - failed} failed`);
}

/** Not so where a run before had lines, and was killed before it made the file of them. */
const isWritten = ({ file }: Output): boolean => file === undefined || existsSync(file);

/** A result that was written is not asked for again. */
const remembering = ({ sink, known }: FolderRun): EntrySink => ({
  add: async (entry) => {
    await sink.add(entry);
    known.add(entry.file);
  },
  close: () => sink.close(),
});

/** Trouble of the server, or of the share. */
const isPassing = (error: unknown): boolean =>
  error instanceof CommandError
    ? error.status === exitStatus.unreachable
    : (error as NodeJS.ErrnoException).syscall !== undefined;

/** Ctrl-C is how it ends when all is well. */
function finish(run: FolderRun, words: WatchWords): void {
  const { folder, model, tally, failedBefore, output } = run;
  const end = { folder, model: model.name, tally, failedBefore, isInterrupted: false, out: output.file };
  tellEnd(end, words.json === true);
  if (tally.failed + failedBefore + tally.unreadableFolders > 0)
    throw new CommandError('', exitStatus.failed);
}
