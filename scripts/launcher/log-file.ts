/**
 * The log file of one service: everything it wrote since the start, bounded. The file before the last turn is kept
 * beside it as `.previous`. Writing is synchronous and small, so nothing is lost when the launcher ends.
 */
import { appendFileSync, existsSync, mkdirSync, renameSync } from 'node:fs';
import { dirname } from 'node:path';

const fileBytesMax = 64 * 1024 * 1024;

export class LogFile {
  readonly #path: string;
  #bytes = 0;

  constructor(path: string) {
    this.#path = path;
    mkdirSync(dirname(path), { recursive: true });
    this.#turn();
  }

  write(text: string): void {
    this.#bytes += Buffer.byteLength(text);
    try {
      if (this.#bytes > fileBytesMax) this.#turn();
      appendFileSync(this.#path, text);
    } catch {
      // A full disk must not take the services down with the log.
    }
  }

  #turn(): void {
    if (existsSync(this.#path)) renameSync(this.#path, `${this.#path}.previous`);
    this.#bytes = 0;
  }
}
