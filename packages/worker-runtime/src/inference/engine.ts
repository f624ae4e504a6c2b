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
import { Lane, type BatchReply } from './lane.ts';
import { startPatientTimer } from './patient-timer.ts';
import { awaitPlan, endThread, prepareRuntime, startThread, type ThreadOptions } from './thread.ts';

export interface EngineOptions extends ThreadOptions {
  readonly threads: number;
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
  readonly #lanes: readonly Lane[];
  readonly #options: EngineOptions;
  readonly #loadMsMax: number;
  readonly #fileState: string;
  readonly #loading = new Set<Worker>();
  #batchCount = 0;
  #endsInARow = 0;
  #closed = false;

  private constructor(
    plan: ModelPlan,
    threads: readonly Worker[],
    { loadMs, fileState }: { loadMs: number; fileState: string },
    options: EngineOptions,
  ) {
    this.plan = plan;
    this.device = options.device;
    this.#options = options;
    this.#fileState = fileState;
    this.#loadMsMax = options.inferenceTimeoutMs + reloadFactorMax * loadMs;
    this.#lanes = threads.map((thread) => {
      const lane: Lane = new Lane(thread, {
        inferenceTimeoutMs: options.inferenceTimeoutMs,
        onComputed: () => {
          this.#endsInARow = 0;
        },
        onVacant: (reason) => void this.#replace(lane, reason),
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
    const threads = Array.from({ length: options.threads }, () => startThread(options));
    try {
      const plans = await Promise.all(threads.map(awaitPlan));
      const loadMs = performance.now() - startedMs;
      return new Engine(plans[0]!, threads, { loadMs, fileState }, options);
    } catch (error) {
      await Promise.all(threads.map(endThread));
      throw error;
    }
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
   * Rejects with a ThreadEndedError when the thread ended that computed them.
   */
  run(items: readonly InferenceInput[]): Promise<BatchReply> {
    if (this.#closed) throw new Error('the engine has ended');
    const free = this.#lanes.filter(({ isFree }) => isFree);
    const lane = free.find(({ thread }) => thread !== undefined) ?? free[0];
    if (lane === undefined) throw new Error('more batches at once than the engine has threads');
    const request: RunRequest = { type: 'run', batchId: ++this.#batchCount, items };
    return lane.run(request);
  }

  async close(): Promise<void> {
    this.#closed = true;
    const threads = this.#lanes.flatMap(({ thread }) => thread ?? []);
    await Promise.all([...threads, ...this.#loading].map(endThread));
  }

  /** Tries again until a thread is ready, or too many have ended. */
  async #replace(lane: Lane, reason: Error): Promise<void> {
    for (let last = reason; !this.#closed;) {
      if (++this.#endsInARow >= threadEndsInARowMax) return this.#break(last);
      this.#options.onThreadEnded(last);
      try {
        return lane.adopt(await this.#load());
      } catch (error) {
        last = error instanceof Error ? error : new Error(String(error));
      }
    }
  }

  async #load(): Promise<Worker> {
    const thread = startThread(this.#options);
    this.#loading.add(thread);
    const tooLong = new Error('an inference thread takes too long to load the model again');
    const stopTimer = startPatientTimer(this.#loadMsMax, () => this.#break(tooLong));
    try {
      await awaitPlan(thread);
      // Other weights than the ones that this worker has announced.
      if ((await stateOf(this.#options.modelPath)) !== this.#fileState) {
        this.#break(new Error('the file of the model has changed since this worker started'));
      }
      if (this.#closed) throw new Error('the engine has ended');
      return thread;
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
