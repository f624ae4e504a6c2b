/**
 * The end of a journal that is written: whole lines, one a picture, each handed to the system at once. A process that is killed loses
 * no line that was written; what a machine loses that loses power is repaired when the journal is opened again.
 */
import { closeSync, fsyncSync, openSync, writeSync } from 'node:fs';
import { CommandError, exitStatus } from '../exit-status.ts';
import { formatEntry, type JournalEntry } from './journal-entry.ts';

export class Journal {
  readonly path: string;
  readonly #file: number;

  /** Throws a usage error when it cannot be written. */
  constructor(path: string) {
    this.path = path;
    this.#file = orRefuse(path, exitStatus.usage, () => openSync(path, 'a'));
  }

  add(entry: JournalEntry): void {
    const line = Buffer.from(formatEntry(entry));
    orRefuse(this.path, exitStatus.failed, () => {
      for (let written = 0; written < line.length;) written += writeSync(this.#file, line, written);
    });
  }

  close(): void {
    try {
      fsyncSync(this.#file);
    } finally {
      closeSync(this.#file);
    }
  }
}

function orRefuse<T>(path: string, status: 1 | 2, work: () => T): T {
  try {
    return work();
  } catch (error) {
    throw new CommandError(`${path} cannot be written: ${(error as Error).message}`, status, {
      cause: error,
    });
  }
}
