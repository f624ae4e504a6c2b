/**
 * Opens a journal to be gone on with: reads what it holds, repairs an end that was torn by a crash, and refuses one that is not
 * ours or was written with other options. What is to be tried again is taken out of it.
 */
import { open, rename, stat, truncate, type FileHandle } from 'node:fs/promises';
import { usageError } from '../exit-status.ts';
import { takeLock, type FileLock } from '../file-lock.ts';
import type { RequestOptions } from '../prediction-options.ts';
import { Journal, orUnwritable } from './journal.ts';
import { formatEntry, isFailure, modelOf, parseEntry, type JournalEntry } from './journal-entry.ts';
import { NameSet } from './name-set.ts';
import { readLines } from './read-lines.ts';

/** What all lines of a journal have in common. */
export interface RunTerms {
  /** An absolute path. */
  readonly folder: string;
  readonly model: string;
  readonly options: RequestOptions;
  /** The folder had another path before. */
  readonly isMoved?: boolean;
}

export interface OpenedJournal {
  readonly journal: Journal;
  /** Names that have a line. */
  readonly known: NameSet;
  /** Of those, how many failed. */
  readonly failedBefore: number;
  /** Of the model that answered last. */
  readonly versionBefore: string | undefined;
}

/**
 * @param retryFailed forgets what failed, so that it is done again
 * @throws a usage error where the journal cannot be gone on with
 */
export async function openJournal(
  path: string,
  terms: RunTerms,
  retryFailed: boolean,
): Promise<OpenedJournal> {
  await refuseWhatIsNoFile(path);
  const lock = lockJournal(path);
  try {
    return await readJournal(path, terms, retryFailed, lock);
  } catch (error) {
    lock.release();
    throw error;
  }
}

/** Two that write would have each picture twice. */
function lockJournal(path: string): FileLock {
  const lock = orUnwritable(path, () => takeLock(`${path}.lock`));
  if (typeof lock !== 'string') return lock;
  throw usageError(
    `${lock} writes ${path}: wait until it has ended. If it was killed on another machine or in a container, this is free within a minute`,
  );
}

async function readJournal(
  path: string,
  terms: RunTerms,
  retryFailed: boolean,
  lock: FileLock,
): Promise<OpenedJournal> {
  const known = new NameSet();
  let failedBefore = 0;
  let versionBefore: string | undefined;
  const { torn } = await eachEntry(path, terms, (entry) => {
    if (!isFailure(entry)) versionBefore = entry.prediction.model.version;
    if (known.add(entry.file) && isFailure(entry)) failedBefore += 1;
  });
  if (torn !== undefined) await truncate(path, torn);
  if (!retryFailed || failedBefore === 0)
    return { journal: new Journal(path, lock), known, failedBefore, versionBefore };
  const kept = await withoutFailures(path);
  return { journal: new Journal(path, lock), known: kept, failedBefore: 0, versionBefore };
}

/** A device that never ends would be read for ever; a folder would be found out when all is done. */
export async function refuseWhatIsNoFile(path: string): Promise<void> {
  const found = await stat(path).catch(() => undefined);
  if (found?.isFile() === false) throw usageError(`--out: ${path} is no file`);
}

/** Tells of every entry, and where a torn end begins. */
async function eachEntry(
  path: string,
  terms: RunTerms,
  visit: (entry: JournalEntry) => void,
): Promise<{ readonly torn: number | undefined }> {
  let torn: number | undefined;
  let number = 0;
  for await (const { text, startByte, isWhole } of readLines(path)) {
    number += 1;
    const entry = isWhole ? parseEntry(text) : undefined;
    if (entry === undefined) {
      if (!mayBeTorn(text)) throw usageError(`${path} holds what is no result of ours: choose another --out`);
      torn ??= startByte;
    } else if (torn !== undefined) {
      throw usageError(`${path}: line ${number - 1} is broken, and others follow it: choose another --out`);
    } else {
      checkTerms(path, entry, terms);
      visit(entry);
    }
  }
  return { torn };
}

const beginning = '{"file":';

/** The beginning of a line of ours, or nothing at all, which is how the end of a file may look after a machine lost power. */
const mayBeTorn = (text: string): boolean =>
  text.startsWith(beginning) || beginning.startsWith(text) || /^\0*$/.test(text);

function checkTerms(path: string, entry: JournalEntry, terms: RunTerms): void {
  const differences = [
    ...differenceOf('model', modelOf(entry), terms.model),
    ...optionNames.flatMap((name) =>
      differenceOf(name, showOption(entry.options?.[name]), showOption(terms.options[name])),
    ),
  ];
  if (differences.length > 0) {
    throw usageError(
      `${path} was written with ${differences.join(', ')}: give the same options to go on, or another --out`,
    );
  }
  if (entry.folder !== terms.folder && terms.isMoved !== true) {
    throw usageError(
      `${path} holds results of ${entry.folder}, and this is ${terms.folder}: choose another --out, or say --moved if it is ` +
        'the same folder at another path',
    );
  }
}

/** Not `allowTruncated`: what was answered without it would be answered alike, and what failed for it may be tried again. */
const optionNames = ['minScore', 'iou', 'maxDetections', 'classes'] as const;

function differenceOf(name: string, before: string, now: string): string[] {
  return before === now ? [] : [`${name} ${before}, and now it is ${now}`];
}

const showOption = (value: unknown): string => (value === undefined ? 'not given' : JSON.stringify(value));

/** Beside it first, so that a crash leaves the one or the other. */
async function withoutFailures(path: string): Promise<NameSet> {
  const kept = new NameSet();
  const copy = `${path}.part`;
  const file = await open(copy, 'w');
  try {
    let batch = '';
    for await (const { text } of readLines(path)) {
      const entry = parseEntry(text);
      if (entry === undefined || isFailure(entry) || !kept.add(entry.file)) continue;
      batch += formatEntry(entry);
      if (batch.length > 1 << 20) batch = await flush(file, batch);
    }
    await flush(file, batch);
    await file.sync();
  } finally {
    await file.close();
  }
  await rename(copy, path);
  return kept;
}

async function flush(file: FileHandle, text: string): Promise<''> {
  await file.appendFile(text);
  return '';
}
