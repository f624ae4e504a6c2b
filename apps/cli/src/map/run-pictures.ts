/**
 * Pictures through the server: submitted at low priority, as many under way as allowed, each written down when its answer comes.
 * A picture that fails fails alone. What every further picture would meet as well ends the run.
 */
import type { ModelStatus, ShoalClient, ShoalError } from '@shoal/client';
import { fileImage, type FileImage } from '@shoal/client/node';
import { commandErrorOf, concernsAll } from '../ask-server.ts';
import type { FoundPicture } from '../pictures/walk-pictures.ts';
import type { RequestOptions } from '../prediction-options.ts';
import type { JournalEntry } from './journal-entry.ts';
import type { Tally } from './tally.ts';

export interface EntrySink {
  add(entry: JournalEntry): void | Promise<void>;
  close(): void;
}

export interface RunOptions {
  readonly client: ShoalClient;
  readonly url: string;
  readonly model: Pick<ModelStatus, 'name'>;
  readonly options: RequestOptions;
  /** An absolute path. */
  readonly folder: string;
  readonly concurrency: number;
  /** How long one picture is tried, all repetitions included. */
  readonly patienceMs: number;
  readonly sink: EntrySink;
  readonly tally: Tally;
  readonly signal: AbortSignal;
}

interface FolderImage extends FileImage {
  readonly found: FoundPicture;
}

/** Rejects with the signal's reason when it is aborted: what is under way then is canceled, and was not written down. */
export async function runPictures(
  pictures: AsyncIterable<FoundPicture>,
  { client, url, model, options, folder, concurrency, patienceMs, sink, tally, signal }: RunOptions,
): Promise<void> {
  const about = (file: string) => ({
    file,
    folder,
    ...(Object.keys(options).length > 0 && { options }),
  });
  const items = client.map<FolderImage>(imagesOf(pictures), {
    ...options,
    model: model.name,
    priority: 'low',
    concurrency,
    budgetMs: patienceMs,
    ordered: false,
    returnExceptions: true,
    signal,
  });
  for await (const { input, prediction, error } of items) {
    if (error !== undefined && concernsAll(error)) throw commandErrorOf(error, url);
    const entry: JournalEntry =
      error === undefined
        ? { ...about(input.found.name), prediction }
        : { ...about(input.found.name), model: model.name, error: plainError(error, input.found.name) };
    await sink.add(entry);
    tally.add(entry);
  }
}

async function* imagesOf(pictures: AsyncIterable<FoundPicture>): AsyncGenerator<FolderImage> {
  for await (const found of pictures) yield { ...fileImage(found.path), found };
}

/** A name that is not UTF-8 comes from the system with a sign in place of what it is, and opens nothing. */
const plainError = ({ code, message }: ShoalError, name: string) => ({
  code,
  message:
    code === 'image_unreadable' && name.includes('\uFFFD') ? 'its name is not UTF-8: rename it' : message,
});
