/** A journal as one of the other formats: written beside its place and renamed, so that a reader sees a whole file or none. */
import { open, readFile, rename } from 'node:fs/promises';
import type { ModelStatus } from '@shoal/client';
import {
  cocoNumbersOf,
  formatWriter,
  writtenPieces,
  type CocoNumbers,
  type FormatName,
  type FormatOptions,
  type LeftOut,
} from '@shoal/formats';
import { usageError } from '../exit-status.ts';
import { countOf } from '../terminal.ts';
import { parseEntry, type JournalEntry } from './journal-entry.ts';
import { readLines } from './read-lines.ts';

export interface ResultsOptions {
  readonly model: ModelStatus;
  readonly minScore: number | undefined;
  /** The data set to number by, as it was read. */
  readonly cocoNumbers: CocoNumbers | undefined;
}

/** @returns a sentence for each thing that the format has no place for */
export async function writeResults(
  journal: string,
  file: string,
  format: FormatName,
  { model, minScore, cocoNumbers }: ResultsOptions,
): Promise<readonly string[]> {
  const options: FormatOptions = {
    labels: model.labels,
    typicalMinScore: model.defaults.minScore,
    completedAt: new Date(),
    ...(minScore !== undefined && { minScore }),
    ...(cocoNumbers !== undefined && { cocoNumbers }),
  };
  const writer = formatWriter(format, options);
  const copy = `${file}.part`;
  const target = await open(copy, 'w');
  try {
    let batch = '';
    for await (const piece of writtenPieces(writer, () => entriesOf(journal))) {
      batch += piece;
      if (batch.length < 1 << 20) continue;
      await target.appendFile(batch);
      batch = '';
    }
    await target.appendFile(batch);
    await target.sync();
  } finally {
    await target.close();
  }
  await rename(copy, file);
  return describeLeftOut(writer.leftOut, format);
}

async function* entriesOf(journal: string): AsyncGenerator<JournalEntry> {
  for await (const { text, isWhole } of readLines(journal)) {
    const entry = isWhole ? parseEntry(text) : undefined;
    if (entry !== undefined) yield entry;
  }
}

/** Throws a usage error for a file that is no COCO data set. */
export async function readCocoNumbers(file: string): Promise<CocoNumbers> {
  try {
    return cocoNumbersOf(JSON.parse(await readFile(file, 'utf8')));
  } catch (error) {
    throw usageError(`--coco-annotations: ${file}: ${(error as Error).message}`);
  }
}

function describeLeftOut(left: Readonly<LeftOut>, format: FormatName): readonly string[] {
  const { failedPictures, foreignPictures, foreignDetections, foreignLabels } = left;
  return [
    ...(failedPictures > 0 ? [`${countOf(failedPictures, 'picture')} that failed`] : []),
    ...(foreignPictures > 0
      ? [`${countOf(foreignPictures, 'picture')} that the data set does not have`]
      : []),
    ...(foreignDetections > 0
      ? [
          `${countOf(foreignDetections, 'detection')} of ${[...foreignLabels].join(', ')}, which the data set does not have`,
        ]
      : []),
  ].map((what) => `not in ${format}: ${what}`);
}
