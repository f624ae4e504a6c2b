/** Results as lines on the standard output, no faster than whoever reads them takes them. */
import { once } from 'node:events';
import { formatEntry, type JournalEntry } from './journal-entry.ts';
import type { EntrySink } from './run-pictures.ts';

export class StandardOutput implements EntrySink {
  async add(entry: JournalEntry): Promise<void> {
    if (!process.stdout.write(formatEntry(entry))) await once(process.stdout, 'drain');
  }

  close(): void {}
}
