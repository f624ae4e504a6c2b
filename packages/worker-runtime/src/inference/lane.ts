/**
 * The place of one inference thread and of the batch that it computes. States: ready ⇄ vacant, when its thread has ended
 * and the next one is loading; a batch may be handed in all the same and waits. It starts no thread itself.
 */
import type { Worker } from 'node:worker_threads';
import type { InferenceInput, RunRequest, ThreadReply } from './inference-protocol.ts';
import { startPatientTimer } from './patient-timer.ts';

export type BatchReply = Extract<ThreadReply, { type: 'done' }>;

/** The thread that computed a batch ended before it was done: by one of its pictures, or by itself. */
export class ThreadEndedError extends Error {
  override readonly name = 'ThreadEndedError';
}

/** A thread that has said that it is ready. */
export interface ReadyThread {
  readonly thread: Worker;
  readonly hasWide: boolean;
}

export interface LaneOptions {
  readonly inferenceTimeoutMs: number;
  readonly onComputed: () => void;
  /** The thread is gone and its batch was failed; `adopt` makes the lane ready again. */
  readonly onVacant: (reason: ThreadEndedError) => void;
  /** The thread computes and does not come to an end. */
  readonly onStuck: (reason: Error) => void;
}

interface Batch {
  readonly request: RunRequest;
  readonly resolve: (reply: BatchReply) => void;
  readonly reject: (error: Error) => void;
  stopTimer?: () => void;
}

export class Lane {
  readonly #options: LaneOptions;
  #thread: Worker | undefined;
  #hasWide = false;
  #batch: Batch | undefined;

  constructor({ thread, hasWide }: ReadyThread, options: LaneOptions) {
    this.#options = options;
    this.adopt({ thread, hasWide });
  }

  get thread(): Worker | undefined {
    return this.#thread;
  }

  /** Whether its thread has a session on all cores as well. */
  get hasWide(): boolean {
    return this.#thread !== undefined && this.#hasWide;
  }

  get isFree(): boolean {
    return this.#batch === undefined;
  }

  /** Gives the thread what has waited for one. */
  adopt({ thread, hasWide }: ReadyThread): void {
    this.#thread = thread;
    this.#hasWide = hasWide;
    let reason = new ThreadEndedError('an inference thread ended');
    thread.on('message', (reply: ThreadReply) => this.#finish(reply));
    thread.on('error', (error) => {
      reason = new ThreadEndedError(error instanceof Error ? error.message : String(error), { cause: error });
    });
    const vacate = (): void => {
      this.#thread = undefined;
      this.fail(reason);
      this.#options.onVacant(reason);
    };
    thread.on('exit', vacate);
    // One that has ended since it said that it is ready will not tell again.
    if (thread.threadId < 0) queueMicrotask(vacate);
    else this.#post();
  }

  /** One at a time. The pixels of the request are given away. */
  run(request: RunRequest): Promise<BatchReply> {
    return new Promise((resolve, reject) => {
      this.#batch = { request, resolve, reject };
      this.#post();
    });
  }

  /** Ends the batch, if there is one, without an answer of the thread. */
  fail(error: Error): void {
    this.#take()?.reject(error);
  }

  #post(): void {
    if (this.#thread === undefined || this.#batch === undefined) return;
    const { inferenceTimeoutMs: ms, onStuck } = this.#options;
    this.#batch.stopTimer = startPatientTimer(ms, () => {
      onStuck(new Error(`inference took longer than ${ms} ms`));
    });
    this.#thread.postMessage(this.#batch.request, buffersOf(this.#batch.request.items));
  }

  #finish(reply: ThreadReply): void {
    if (reply.type !== 'done' || reply.batchId !== this.#batch?.request.batchId) return;
    this.#options.onComputed();
    this.#take()!.resolve(reply);
  }

  #take(): Batch | undefined {
    const batch = this.#batch;
    batch?.stopTimer?.();
    this.#batch = undefined;
    return batch;
  }
}

function buffersOf(items: readonly InferenceInput[]): ArrayBuffer[] {
  return items.flatMap((item) => item.views.map((view) => view.data.buffer as ArrayBuffer));
}
