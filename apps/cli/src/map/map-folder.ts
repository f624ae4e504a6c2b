/** `shoal map`: every picture of a folder that has no result yet, once. */
import { CommandError, exitStatus } from '../exit-status.ts';
import { watchForInterruption } from '../interruption.ts';
import { countPictures, walkPictures, type FoundPicture } from '../pictures/walk-pictures.ts';
import { showProgress } from '../progress.ts';
import { countOf, say } from '../terminal.ts';
import { openFolderRun, type FolderRun } from './folder-run.ts';
import type { FolderWords } from './map-command.ts';
import { runPictures } from './run-pictures.ts';
import { tellEnd } from './summary.ts';

export async function mapFolder(path: string, words: FolderWords): Promise<void> {
  const run = await openFolderRun(path, words);
  const interruption = watchForInterruption();
  const { signal } = interruption;
  const over = new AbortController();
  void countPictures(run.folder, AbortSignal.any([signal, over.signal]), words.recursive).then(
    (count) => (run.tally.total = count),
    // Whoever walks it to send the pictures tells of it.
    () => {},
  );
  const hide = isProgressShown(words)
    ? showProgress(process.stderr, () => ({ share: run.tally.share, line: run.tally.describe() }))
    : () => {};
  try {
    await runPictures(unknownPictures(run, words), {
      ...run,
      url: words.url,
      concurrency: words.concurrency,
      patienceMs: words.patience * 1000,
      signal,
    });
  } catch (error) {
    hide();
    if (!signal.aborted) sayWhatIsKept(run);
    if (!signal.aborted) throw error;
  } finally {
    over.abort();
    hide();
    run.sink.close();
  }
  const isInterrupted = signal.aborted;
  if (!isInterrupted) await run.writeFile();
  interruption.stop();
  finish(run, words, isInterrupted);
}

/** Programs that ask for JSON get no lines of progress in their logs; people who do see a bar. */
const isProgressShown = ({ quiet, json }: FolderWords): boolean =>
  quiet !== true && (json !== true || process.stderr.isTTY);

async function* unknownPictures(run: FolderRun, words: FolderWords): AsyncGenerator<FoundPicture> {
  const { folder, known, tally } = run;
  const walk = walkPictures(folder, {
    isRecursive: words.recursive,
    onOther: () => (tally.others += 1),
    onLoop: () => (tally.loops += 1),
    onUnreadable: (name, reason) => {
      tally.unreadableFolders += 1;
      say(`warning: ${name}: ${reason}`);
    },
  });
  for await (const picture of walk) {
    if (known.has(picture.name)) tally.before += 1;
    else yield picture;
  }
}

function sayWhatIsKept({ tally, output }: FolderRun): void {
  const where =
    output.journal === undefined ? '' : `: the same command goes on behind what ${output.journal} has`;
  say(`${countOf(tally.done, 'picture')} done${where}`);
}

function finish(run: FolderRun, words: FolderWords, isInterrupted: boolean): void {
  const { folder, model, tally, failedBefore, output } = run;
  // Until the run is over there is only the journal.
  const out = isInterrupted ? output.journal : output.file;
  tellEnd({ folder, model: model.name, tally, failedBefore, isInterrupted, out }, words.json === true);
  if (isInterrupted) throw new CommandError('', exitStatus.interrupted);
  if (tally.failed + failedBefore + tally.unreadableFolders > 0)
    throw new CommandError('', exitStatus.failed);
}
