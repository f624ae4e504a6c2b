/**
 * Small pictures of large files, made when they are seen: two at a time, since each is decoded whole for a moment, and
 * the last few hundred kept, so that a folder of any size costs the same.
 */
import { smallBitmap } from './small-bitmap.ts';

/** Device pixels along the shorter side of a cell, enough for screens of two pixels to the CSS pixel. */
const THUMBNAIL_HEIGHT = 128;
const AT_ONCE = 2;
const KEPT_MAX = 300;

export class Thumbnails {
  readonly #kept = new Map<File, ImageBitmap>();
  readonly #line: {
    readonly file: File;
    readonly signal: AbortSignal;
    readonly done: (bitmap?: ImageBitmap) => void;
  }[] = [];
  #working = 0;

  /** Resolves to nothing for what this browser cannot show, and for what is not wanted any more. */
  of(file: File, signal: AbortSignal): Promise<ImageBitmap | undefined> {
    const kept = this.#kept.get(file);
    if (kept !== undefined) {
      // The latest asked for goes last.
      this.#kept.delete(file);
      this.#kept.set(file, kept);
      return Promise.resolve(kept);
    }
    return new Promise((done) => {
      this.#line.push({ file, signal, done });
      void this.#work();
    });
  }

  async #work(): Promise<void> {
    if (this.#working >= AT_ONCE) return;
    this.#working += 1;
    // The latest first: that is what is on the screen.
    for (let job = this.#line.pop(); job !== undefined; job = this.#line.pop()) {
      job.done(job.signal.aborted ? undefined : await this.#make(job.file));
    }
    this.#working -= 1;
  }

  async #make(file: File): Promise<ImageBitmap | undefined> {
    const kept = this.#kept.get(file);
    if (kept !== undefined) return kept;
    const bitmap = await smallBitmap(file, THUMBNAIL_HEIGHT).catch(() => undefined);
    if (bitmap === undefined) return undefined;
    this.#kept.set(file, bitmap);
    const [oldest] = this.#kept.keys();
    if (this.#kept.size > KEPT_MAX && oldest !== undefined) {
      // Not closed: a cell may just be drawing it.
      this.#kept.delete(oldest);
    }
    return bitmap;
  }
}
