/**
 * The API keys that this gateway takes at present. Read from a file and not from Redis, so that a Redis that is lost, or
 * that somebody else can write, never opens the door. The file is read again every second, because the ways in which files
 * are replaced under a container tell nobody: who is taken out of it is refused a second later.
 *
 * What can be read counts. A file that is gone or broken later changes nothing, and is logged once; so emptying it closes
 * the door, and removing it does not open one.
 */
import { timingSafeEqual } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import type { Settings } from '@shoal/shared/contract';
import type { Logger } from '@shoal/shared/service';
import { digestOf, isApiKey } from './api-key.ts';
import { KeyFileError, parseKeyFile, type KeyRow } from './key-file.ts';

const rereadEveryMs = 1_000;

/** Undefined where no file is set. Ends the process with a sentence where one is set and cannot be read. */
export function keyRingOrExit(
  { SHOAL_API_KEYS_FILE: file }: Pick<Settings, 'SHOAL_API_KEYS_FILE'>,
  log: Logger,
): KeyRing | undefined {
  if (file === undefined) return undefined;
  try {
    const keyRing = new KeyRing(file, log);
    keyRing.start();
    return keyRing;
  } catch (error) {
    if (!(error instanceof KeyFileError)) throw error;
    log.fatal(error.message);
    return process.exit(1);
  }
}

export class KeyRing {
  readonly #file: string;
  readonly #log: Pick<Logger, 'info' | 'error'>;
  #text: string;
  #rows: readonly KeyRow[];
  #problem: string | undefined;
  #isReading = false;

  /** Throws a KeyFileError when the file cannot be read, whatever the reason. */
  constructor(file: string, log: Pick<Logger, 'info' | 'error'>) {
    this.#file = file;
    this.#log = log;
    try {
      this.#text = readFileSync(file, 'utf8');
      this.#rows = parseKeyFile(this.#text);
    } catch (error) {
      throw new KeyFileError(`SHOAL_API_KEYS_FILE: ${file}: ${reasonOf(error)}`, { cause: error });
    }
    log.info({ names: this.#names }, 'API keys are asked for');
  }

  /** For as long as the process lives, and no reason for it to live. */
  start(): void {
    setInterval(() => void this.reread(), rereadEveryMs).unref();
  }

  /** The name of the key, if it is one that is taken. Takes as long for one key as for another. */
  nameOf(key: string): string | undefined {
    if (!isApiKey(key)) return undefined;
    const digest = digestOf(key);
    let found: string | undefined;
    for (const row of this.#rows) if (timingSafeEqual(row.digest, digest)) found = row.name;
    return found;
  }

  /** Never fails. */
  async reread(): Promise<void> {
    // A file system that hangs must not gather readers.
    if (this.#isReading) return;
    this.#isReading = true;
    try {
      const text = await readFile(this.#file, 'utf8');
      if (text !== this.#text) {
        this.#rows = parseKeyFile(text);
        this.#text = text;
        this.#log.info({ names: this.#names }, 'the API keys have changed');
      } else if (this.#problem !== undefined) {
        this.#log.info({ names: this.#names }, 'the file of API keys can be read again');
      }
      this.#problem = undefined;
    } catch (error) {
      const problem = reasonOf(error);
      if (problem !== this.#problem) {
        this.#log.error({ problem }, 'the file of API keys cannot be read: those known so far are kept');
      }
      this.#problem = problem;
    } finally {
      this.#isReading = false;
    }
  }

  get #names(): readonly string[] {
    return this.#rows.map(({ name }) => name);
  }
}

function reasonOf(error: unknown): string {
  if (error instanceof KeyFileError) return error.message;
  const { code } = error as NodeJS.ErrnoException;
  if (code === 'ENOENT') return 'there is no such file; npm run keys -- add NAME makes one';
  return `it cannot be read (${code ?? 'unknown'})`;
}
