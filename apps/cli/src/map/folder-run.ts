/**
 * What `map` and `watch` do alike: they open the server, the model, the journal and the progress, run pictures, and close everything
 * again, however it ends.
 */
import { stat } from 'node:fs/promises';
import { resolve } from 'node:path';
import type { ModelStatus, ShoalClient } from '@shoal/client';
import { connect } from '../ask-server.ts';
import { usageError } from '../exit-status.ts';
import {
  chooseModel,
  fixedOptionWarnings,
  requestOptionsOf,
  type RequestOptions,
} from '../prediction-options.ts';
import { say } from '../terminal.ts';
import type { FolderWords } from './map-command.ts';
import { NameSet } from './name-set.ts';
import { openJournal, refuseWhatIsNoFile } from './open-journal.ts';
import { minScoreOf, outputOf, type Output } from './output-format.ts';
import type { EntrySink } from './run-pictures.ts';
import { StandardOutput } from './standard-output.ts';
import { Tally } from './tally.ts';
import { readCocoNumbers, writeResults } from './write-results.ts';

export interface FolderRun {
  /** An absolute path. */
  readonly folder: string;
  readonly client: ShoalClient;
  readonly model: ModelStatus;
  readonly options: RequestOptions;
  readonly output: Output;
  readonly sink: EntrySink;
  /** Names that have a result. */
  readonly known: NameSet;
  readonly failedBefore: number;
  readonly tally: Tally;
  /** Writes the results in the format that was asked for, where that is not the journal's own. */
  readonly writeFile: () => Promise<void>;
}

export async function openFolderRun(path: string, words: FolderWords): Promise<FolderRun> {
  const folder = resolve(path);
  const found = await stat(folder).catch(() => undefined);
  if (found?.isDirectory() !== true) {
    throw usageError(found === undefined ? `there is no folder ${folder}` : `${folder} is no folder`);
  }
  const output = outputOf(words.out, words.format);
  if (output.file === undefined && words.retryFailed === true) {
    throw usageError('--retry-failed: expected --out FILE as well');
  }
  if (output.file !== undefined) await refuseWhatIsNoFile(output.file);
  const cocoNumbers =
    words.cocoAnnotations === undefined ? undefined : await readCocoNumbers(words.cocoAnnotations);
  const tally = new Tally();
  const client = await connect(words, {
    onRetry: ({ error }) => {
      tally.trouble = `asking again: ${error.message}`;
    },
  });
  const model = await chooseModel(client, words.url, words.model);
  const options = withFormatDefaults(requestOptionsOf(words), output);
  for (const warning of fixedOptionWarnings(model, options)) say(`warning: ${warning}`);
  const opened = await openSink(output, { folder, model, options }, words);
  return {
    folder,
    client,
    model,
    options,
    output,
    tally,
    ...opened,
    writeFile: async () => {
      const { format, file, journal } = output;
      if (format === 'jsonl' || file === undefined || journal === undefined) return;
      const { minScore } = options;
      for (const line of await writeResults(journal, file, format, { model, minScore, cocoNumbers }))
        say(line);
    },
  };
}

function withFormatDefaults(options: RequestOptions, { format }: Output): RequestOptions {
  const minScore = options.minScore ?? minScoreOf[format];
  return minScore === undefined ? options : { ...options, minScore };
}

async function openSink(
  { journal }: Output,
  { folder, model, options }: Pick<FolderRun, 'folder' | 'model' | 'options'>,
  words: FolderWords,
): Promise<Pick<FolderRun, 'sink' | 'known' | 'failedBefore'>> {
  if (journal === undefined) return { sink: new StandardOutput(), known: new NameSet(), failedBefore: 0 };
  const terms = { folder, model: model.name, options, isMoved: words.moved === true };
  const opened = await openJournal(journal, terms, words.retryFailed === true);
  const { versionBefore } = opened;
  if (versionBefore !== undefined && versionBefore !== model.version) {
    say(
      `warning: ${journal} has answers of version ${versionBefore}, and version ${model.version} is served now`,
    );
  }
  return { sink: opened.journal, known: opened.known, failedBefore: opened.failedBefore };
}
