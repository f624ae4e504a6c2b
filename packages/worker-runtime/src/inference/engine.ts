/**
 * The main thread's side of inference: a set of threads with a session each, and batches handed to whichever is free.
 * States: starting → ready → broken or closed. A thread that ends fails its batch and is replaced. What a new thread cannot
 * mend (one that hangs, threads that end again and again) is broken: `onBroken` is told, and a worker ends itself, since
 * its jobs are safe in the queue.
 */
import { stat } from 'node:fs/promises';
import type { Worker } from 'node:worker_threads';
import { jobAttemptsMax } from '@shoal/shared/contract';
import type { ModelPlan } from '../adapter.ts';
import type { Device, InferenceInput, RunRequest } from './inference-protocol.ts';
import { Lane, type BatchReply, type ReadyThread } from './lane.ts';
import { startPatientTimer } from './patient-timer.ts';
import { startThreads, type StartOptions, type StartedThreads } from './start-threads.ts';
import { awaitReady, endThread, prepareRuntime, startThread, widenThread } from './thread.ts';

export interface EngineOptions extends StartOptions {
  readonly inferenceTimeoutMs: number;
  /** A thread ended, and another one takes its place. */
  readonly onThreadEnded: (reason: Error) => void;
  readonly onBroken: (reason: Error) => void;
}

/** Ends of threads with no batch computed in between: more than one picture can cause before it is given up. */
export const threadEndsInARowMax = jobAttemptsMax + 1;
/** A new thread may load for this much longer than the first ones did, while the machine computes. */
const reloadFactorMax = 10;

export class Engine {
  readonly plan: ModelPlan;
  readonly device: Device;
  /** Threads inside the session of each thread, and inside the wide one of the first; 0: there is none. */
  readonly intraOpThreads: number;
  readonly wideThreads: number;
  readonly #started: StartedThreads;
  readonly #lanes: readonly Lane[];
  readonly #options: EngineOptions;
  readonly #loadMsMax: number;
  readonly #fileState: string;
  readonly #loading = new Set<Worker>();
  #batchCount = 0;
  #endsInARow = 0;
  #closed = false;

  private constructor(
    started: StartedThreads,
    { loadMs, fileState }: { loadMs: number; fileState: string },
    options: EngineOptions,
  ) {
    this.plan = started.plan;
    this.device = options.device;
    this.intraOpThreads = started.data.intraOpThreads;
    this.wideThreads = started.wideThreads;
    this.#started = started;
    this.#options = options;
    this.#fileState = fileState;
    this.#loadMsMax = options.inferenceTimeoutMs + reloadFactorMax * loadMs;
    this.#lanes = started.threads.map((ready, index) => {
      const lane: Lane = new Lane(ready, {
        inferenceTimeoutMs: options.inferenceTimeoutMs,
        onComputed: () => {
          this.#endsInARow = 0;
        },
        onVacant: (reason) => void this.#replace(lane, index, reason),
        onStuck: (reason) => this.#break(reason),
      });
      return lane;
    });
  }

  /** Throws an UnfitModelError with the thread's own sentence. */
  static async start(options: EngineOptions): Promise<Engine> {
    prepareRuntime();
    const startedMs = performance.now();
    const fileState = await stateOf(options.modelPath);
    const started = await startThreads(options);
    return new Engine(started, { loadMs: performance.now() - startedMs, fileState }, options);
  }

  get lanes(): number {
    return this.#lanes.length;
  }

  /** Threads that can compute at present. */
  get threadsReady(): number {
    return this.#lanes.filter(({ thread }) => thread !== undefined).length;
  }

  /**
   * At most `lanes` calls at once; the pixels of the items are given away. Waits for a thread where one is being replaced.
   * `isAlone`: nothing else needs the processors, so the wide session takes them all, where there is one.
   * Rejects with a ThreadEndedError when the thread ended that computed them.
   */
  run(items: readonly InferenceInput[], isAlone = false): Promise<BatchReply> {
    if (this.#closed) throw new Error('the engine has ended');
    const free = this.#lanes.filter(({ isFree }) => isFree);
    const wide = isAlone ? free.find(({ hasWide }) => hasWide) : undefined;
    const lane = wide ?? free.find(({ thread }) => thread !== undefined) ?? free[0];
    if (lane === undefined) throw new Error('more batches at once than the engine has threads');
    const width = wide === undefined ? 'narrow' : 'wide';
    const request: RunRequest = { type: 'run', batchId: ++this.#batchCount, width, items };
    return lane.run(request);
  }

  async close(): Promise<void> {
    this.#closed = true;
    const threads = this.#lanes.flatMap(({ thread }) => thread ?? []);
    await Promise.all([...threads, ...this.#loading].map(endThread));
  }

  /** Tries again until a thread is ready, or too many have ended. */
  async #replace(lane: Lane, index: number, reason: Error): Promise<void> {
    for (let last = reason; !this.#closed;) {
      if (++this.#endsInARow >= threadEndsInARowMax) return this.#break(last);
      this.#options.onThreadEnded(last);
      try {
        return lane.adopt(await this.#load(index === 0 ? this.wideThreads : 0));
      } catch (error) {
        last = error instanceof Error ? error : new Error(String(error));
      }
    }
  }

  async #load(wideThreads: number): Promise<ReadyThread> {
    const thread = startThread(this.#options.entry, this.#started.data);
    this.#loading.add(thread);
    const tooLong = new Error('an inference thread takes too long to load the model again');
    const stopTimer = startPatientTimer(this.#loadMsMax, () => this.#break(tooLong));
    try {
      await awaitReady(thread);
      const problem = wideThreads === 0 ? undefined : await widenThread(thread, wideThreads);
      if (problem !== undefined)
        this.#options.onLess(`a session on all cores could not be opened: ${problem}`);
      // Other weights than the ones that this worker has announced.
      if ((await stateOf(this.#options.modelPath)) !== this.#fileState) {
        this.#break(new Error('the file of the model has changed since this worker started'));
      }
      if (this.#closed) throw new Error('the engine has ended');
      return { thread, hasWide: wideThreads > 0 && problem === undefined };
    } catch (error) {
      void endThread(thread);
      throw error;
    } finally {
      stopTimer();
      this.#loading.delete(thread);
    }
  }

  #break(reason: Error): void {
    if (this.#closed) return;
    this.#closed = true;
    for (const lane of this.#lanes) lane.fail(reason);
    this.#options.onBroken(reason);
  }
}

/** Differs when a file was replaced or written to. */
async function stateOf(path: string): Promise<string> {
  const { ino, size, mtimeMs } = await stat(path);
  return [ino, size, mtimeMs].join();
}
