/**
 * The end of a journal that is written: whole lines, one a picture, each handed to the system at once. A process that is killed loses
 * no line that was written; what a machine loses that loses power is repaired when the journal is opened again.
 */
import { closeSync, fsyncSync, openSync, writeSync } from 'node:fs';
import { CommandError, exitStatus } from '../exit-status.ts';
import type { FileLock } from '../file-lock.ts';
import { formatEntry, type JournalEntry } from './journal-entry.ts';

export class Journal {
  readonly path: string;
  readonly #file: number;
  readonly #lock: FileLock;

  /** Gives the lock back when it is closed. Throws a usage error when it cannot be written. */
  constructor(path: string, lock: FileLock) {
    this.path = path;
    this.#lock = lock;
    this.#file = orUnwritable(path, () => openSync(path, 'a'));
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
      this.#lock.release();
    }
  }
}

/** Throws a usage error. */
export const orUnwritable = <T>(path: string, work: () => T): T => orRefuse(path, exitStatus.usage, work);

function orRefuse<T>(path: string, status: 1 | 2, work: () => T): T {
  try {
    return work();
  } catch (error) {
    throw new CommandError(`${path} cannot be written: ${(error as Error).message}`, status, {
      cause: error,
    });
  }
}
