/**
 * Holds requests while the server is away, and sends them when it is back: first come, first sent, and only so many at once. What
 * it may hold is bounded in number and bytes; it is in memory, and ends with the process.
 */
import type { Prediction } from './answer-form.ts';
import type { QueueOptions } from './call-options.ts';
import { orAborted } from './link-signals.ts';
import { onAbort, reasonOf } from './on-abort.ts';
import { ShoalError } from './shoal-error.ts';

/** A prediction that was handed to the local queue. */
export interface QueuedPrediction {
  /** Its Idempotency-Key. */
  readonly key: string;
  /** Kept until it is asked for, and afterwards; rejects with a `ShoalError`. */
  result(): Promise<Prediction>;
  /** Takes it out of the queue, and cancels it on the server if it is there. */
  cancel(): void;
}

type Send = (signal: AbortSignal) => Promise<Prediction>;

const concurrencyUsual = 8;

export class LocalQueue {
  readonly #options: QueueOptions;
  /** What ends each that is held, its bytes beside it. Their sum is kept, since it is asked for at every one of many. */
  readonly #held = new Map<AbortController, number>();
  #heldBytes = 0;
  /** Those that wait for their turn, the next one first. */
  readonly #waiting = new Set<() => void>();
  #working = 0;
  #isClosed = false;
  #whenEmpty: (() => void)[] = [];

  constructor(options: QueueOptions) {
    this.#options = options;
  }

  /** Held and not answered. */
  get length(): number {
    return this.#held.size;
  }

  /** @param send rejects when its signal is aborted, as it is with the caller's */
  enqueue(key: string, bytes: number, send: Send, signal?: AbortSignal): QueuedPrediction {
    this.#refuse(bytes);
    const leaving = new AbortController();
    this.#held.set(leaving, bytes);
    this.#heldBytes += bytes;
    const follow = (): void => leaving.abort(reasonOf(signal!));
    if (signal?.aborted === true) follow();
    const ignore = onAbort(signal, follow);
    const result = this.#run(leaving, send).finally(ignore);
    // Whoever asks for it is told; nobody has to ask.
    result.catch(() => undefined);
    return {
      key,
      result: () => result,
      cancel: () => leaving.abort(new ShoalError('canceled', 'canceled by its caller')),
    };
  }

  /** Resolves when nothing is held. */
  async drained(signal: AbortSignal | undefined): Promise<void> {
    const empty = new Promise<void>((resolve) => {
      if (this.#held.size === 0) resolve();
      else this.#whenEmpty.push(resolve);
    });
    await orAborted(empty, signal);
  }

  /** Takes no more, and ends what it holds. */
  async close(): Promise<void> {
    this.#isClosed = true;
    for (const leaving of this.#held.keys()) leaving.abort(closed());
    await this.drained(undefined);
  }

  #refuse(bytes: number): void {
    if (this.#isClosed) throw closed();
    const { itemsMax, bytesMax } = this.#options;
    if (this.#held.size >= itemsMax) throw full(`as many pictures as it may (${itemsMax})`);
    if (this.#heldBytes + bytes > bytesMax)
      throw full(`${this.#heldBytes} of ${bytesMax} bytes, and this picture has ${bytes}`);
  }

  async #run(leaving: AbortController, send: Send): Promise<Prediction> {
    try {
      await this.#turn(leaving.signal);
      try {
        return await send(leaving.signal);
      } finally {
        this.#leave();
      }
    } finally {
      this.#heldBytes -= this.#held.get(leaving) ?? 0;
      this.#held.delete(leaving);
      if (this.#held.size === 0) for (const tell of this.#whenEmpty.splice(0)) tell();
    }
  }

  /** Resolves when it may work, as one of those who do. */
  async #turn(signal: AbortSignal): Promise<void> {
    if (signal.aborted) throw reasonOf(signal);
    if (this.#working < (this.#options.concurrency ?? concurrencyUsual)) {
      this.#working += 1;
      return;
    }
    await new Promise<void>((resolve, reject) => {
      // Either it comes or it leaves: a place that is handed to one who has left would be lost.
      const ignore = onAbort(signal, () => {
        this.#waiting.delete(come);
        reject(reasonOf(signal));
      });
      const come = (): void => {
        ignore();
        resolve();
      };
      this.#waiting.add(come);
    });
  }

  /** Hands its place on to who waits longest. */
  #leave(): void {
    const [next] = this.#waiting;
    if (next === undefined) {
      this.#working -= 1;
      return;
    }
    this.#waiting.delete(next);
    next();
  }
}

function closed(): ShoalError {
  return new ShoalError('queue_closed', 'the local queue was closed');
}

function full(what: string): ShoalError {
  return new ShoalError('queue_full', `the local queue holds ${what}`, { isRetryable: true });
}
