/**
 * One line of a journal, which is a line of the results: a picture, and what became of it. Each line says of itself where it
 * comes from and what was asked, so that a file of them needs nothing beside it to be gone on with.
 */
import type { Prediction } from '@shoal/client';
import type { RequestOptions } from '../prediction-options.ts';

interface About {
  /** From the folder on, with forward slashes. */
  readonly file: string;
  /** The folder, as an absolute path. */
  readonly folder: string;
  /** Absent where nothing was asked for. */
  readonly options?: RequestOptions;
}

export interface AnsweredEntry extends About {
  readonly prediction: Prediction;
}

export interface FailedEntry extends About {
  /** The name of the model that was asked. */
  readonly model: string;
  readonly error: { readonly code: string; readonly message: string };
}

export type JournalEntry = AnsweredEntry | FailedEntry;

export const isFailure = (entry: JournalEntry): entry is FailedEntry => 'error' in entry;

export const modelOf = (entry: JournalEntry): string =>
  isFailure(entry) ? entry.model : entry.prediction.model.name;

/** Undefined for what is no such line. */
export function parseEntry(text: string): JournalEntry | undefined {
  try {
    const value = JSON.parse(text) as JournalEntry | null;
    if (typeof value?.file !== 'string' || typeof value.folder !== 'string') return undefined;
    if (isFailure(value)) {
      return typeof value.model === 'string' && typeof value.error?.code === 'string' ? value : undefined;
    }
    return typeof value.prediction?.model?.name === 'string' ? value : undefined;
  } catch {
    return undefined;
  }
}

/** With its line feed. */
export const formatEntry = (entry: JournalEntry): string => `${JSON.stringify(entry)}\n`;
