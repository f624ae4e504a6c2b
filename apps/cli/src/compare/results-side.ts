/**
 * A file of results as a side of a comparison. Its lines come in the order in which pictures were done, so the places of all are
 * learnt first, and each line is read when its picture's turn comes: names are held in memory, and no answers.
 */
import { open, type FileHandle } from 'node:fs/promises';
import { usageError } from '../exit-status.ts';
import { isFailure, modelOf, parseEntry, type JournalEntry } from '../map/journal-entry.ts';
import { readLines } from '../map/read-lines.ts';
import type { PictureAnswer, Side } from './side.ts';

interface Place {
  readonly startByte: number;
  readonly bytes: number;
}

/** `minScore` leaves out what scores lower. Throws a usage error for a file that is no file of results. */
export async function openResultsSide(path: string, minScore: number | undefined): Promise<Side> {
  const places = new Map<string, Place>();
  let title: string | undefined;
  for await (const { text, startByte, isWhole } of readLines(path)) {
    const entry = parseEntry(text);
    // The end of a file that is still written, or was torn by a crash.
    if (entry === undefined && !isWhole) break;
    if (entry === undefined)
      throw usageError(`${path} is not a file of results that \`shoal map\` has written`);
    title ??= titleOf(entry, path);
    places.set(entry.file, { startByte, bytes: Buffer.byteLength(text) });
  }
  if (title === undefined) throw usageError(`${path} holds no results`);
  const file = await open(path);
  return {
    title,
    files: places.keys(),
    async *answers(pictures) {
      for await (const { name } of pictures)
        yield answerOf(name, await read(file, places.get(name)), minScore);
    },
    close: () => file.close(),
  };
}

function titleOf(entry: JournalEntry, path: string): string {
  const version = isFailure(entry) ? '' : ` ${entry.prediction.model.version}`;
  return `${modelOf(entry)}${version} in ${path}`;
}

async function read(file: FileHandle, place: Place | undefined): Promise<JournalEntry | undefined> {
  if (place === undefined) return undefined;
  const bytes = Buffer.alloc(place.bytes);
  await file.read(bytes, 0, place.bytes, place.startByte);
  return parseEntry(bytes.toString('utf8'));
}

function answerOf(file: string, entry: JournalEntry | undefined, minScore = 0): PictureAnswer {
  if (entry === undefined) return { file, problem: 'it has no line in the file' };
  if (isFailure(entry)) return { file, problem: entry.error.message };
  const { image, detections } = entry.prediction;
  return { file, image, detections: detections.filter(({ score }) => score >= minScore) };
}
