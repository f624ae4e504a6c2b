/**
 * Gives out bodies of requests in turn, made from files that are read when they are needed: a few ahead, so that nobody waits
 * for the disk, and a bounded number kept for the next time round. It sends nothing.
 */
import { open } from 'node:fs/promises';
import { basename } from 'node:path';
import type { RequestForm } from './request-form.ts';

export type Upload = ReadyUpload | UnreadableUpload;

export interface ReadyUpload {
  readonly kind: 'ready';
  /** The whole body of the request. */
  readonly body: Buffer;
  readonly contentType: string;
}

export interface UnreadableUpload {
  readonly kind: 'unreadable';
  readonly message: string;
}

export interface UploadSourceOptions {
  /** Begins anew with each call. */
  readonly names: () => AsyncIterable<string> | Iterable<string>;
  /** Whether to begin anew when all were given out. */
  readonly isEndless: boolean;
  readonly form: Pick<RequestForm, 'frame'>;
}

const readAhead = 16;
const keptBytesMax = 128 * 2 ** 20;
const keptCountMax = 1_024;

export class UploadSource {
  readonly #options: UploadSourceOptions;
  readonly #ahead: Promise<Upload | undefined>[] = [];
  readonly #kept = new Map<string, ReadyUpload>();
  #keptBytes = 0;
  #names: AsyncIterator<string> | Iterator<string>;
  #turn: Promise<unknown> = Promise.resolve();
  #isOver = false;

  constructor(options: UploadSourceOptions) {
    this.#options = options;
    this.#names = this.#beginAnew();
  }

  /** The next one; undefined when there are no more. Where the names cannot be read, an unreadable one is the last. */
  next(): Promise<Upload | undefined> {
    while (this.#ahead.length < readAhead) this.#ahead.push(this.#prepare());
    return this.#ahead.shift()!;
  }

  /** Lets go of the folder that is being read. */
  async end(): Promise<void> {
    this.#isOver = true;
    await this.#turn;
    await this.#names.return?.();
  }

  #prepare(): Promise<Upload | undefined> {
    return this.#nextName().then(
      (name) => (name === undefined ? undefined : this.#load(name)),
      (error: Error) => ({ kind: 'unreadable', message: error.message }),
    );
  }

  /** One after the other, however many ask. */
  #nextName(): Promise<string | undefined> {
    const turn = this.#turn.then(async () => {
      if (this.#isOver) return undefined;
      let { value, done } = await this.#names.next();
      if (done === true && this.#options.isEndless) {
        this.#names = this.#beginAnew();
        ({ value, done } = await this.#names.next());
      }
      this.#isOver = done === true;
      if (done === true) return undefined;
      return value as string;
    });
    this.#turn = turn.catch(() => {
      this.#isOver = true;
    });
    return turn;
  }

  #beginAnew(): AsyncIterator<string> | Iterator<string> {
    const names = this.#options.names();
    return Symbol.asyncIterator in names ? names[Symbol.asyncIterator]() : names[Symbol.iterator]();
  }

  async #load(name: string): Promise<Upload> {
    const kept = this.#kept.get(name);
    if (kept !== undefined) return kept;
    let upload: ReadyUpload;
    try {
      upload = await readUpload(name, this.#options.form);
    } catch (error) {
      return { kind: 'unreadable', message: (error as Error).message };
    }
    // In a circle that is larger than what may be kept, throwing out the oldest would keep nothing that comes again.
    const hasRoom =
      this.#kept.size < keptCountMax && this.#keptBytes + upload.body.byteLength <= keptBytesMax;
    if (this.#options.isEndless && hasRoom && !this.#kept.has(name)) {
      this.#kept.set(name, upload);
      this.#keptBytes += upload.body.byteLength;
    }
    return upload;
  }
}

/** Read to where it belongs in the body, instead of copied there. */
async function readUpload(path: string, form: Pick<RequestForm, 'frame'>): Promise<ReadyUpload> {
  const { contentType, head, tail } = form.frame(basename(path));
  const file = await open(path);
  try {
    const { size } = await file.stat();
    const body = Buffer.allocUnsafeSlow(head.byteLength + size + tail.byteLength);
    head.copy(body);
    let [offset, end] = [head.byteLength, head.byteLength + size];
    while (offset < end) {
      const { bytesRead } = await file.read(body, offset, end - offset);
      // It became shorter meanwhile.
      if (bytesRead === 0) break;
      offset += bytesRead;
    }
    tail.copy(body, offset);
    return { kind: 'ready', body: body.subarray(0, offset + tail.byteLength), contentType };
  } finally {
    await file.close();
  }
}
