/**
 * The main thread's side of inference: a set of threads with a session each, and batches handed to whichever is free.
 * States: starting → ready → closed. A thread that dies or hangs is not mended here: `onBroken` is told, and a worker
 * ends itself, since its jobs are safe in the queue.
 */
import { once } from 'node:events';
import { Worker } from 'node:worker_threads';
import { closingMarginMs } from '@shoal/shared/contract';
import type { ModelPlan } from '../adapter.ts';
import type {
  CloseRequest,
  Device,
  InferenceInput,
  InferenceThreadData,
  RunRequest,
  ThreadReply,
} from './inference-protocol.ts';

export interface EngineOptions extends InferenceThreadData {
  /** The app's main file; its threads are started from it. */
  readonly entry: URL;
  readonly threads: number;
  readonly inferenceTimeoutMs: number;
  readonly onBroken: (error: Error) => void;
}

/** A thread that has not ended after this hangs in native code. Less than a service has left for closing. */
const threadEndMs = closingMarginMs / 2;

/** The model cannot be served: a person has to look at the folder. */
export class UnfitModelError extends Error {
  override readonly name = 'UnfitModelError';
}

export type BatchReply = Extract<ThreadReply, { type: 'done' }>;

interface Lane {
  readonly thread: Worker;
  pending:
    | {
        batchId: number;
        resolve: (reply: BatchReply) => void;
        reject: (error: Error) => void;
        timer: NodeJS.Timeout;
      }
    | undefined;
}

export class Engine {
  readonly plan: ModelPlan;
  readonly device: Device;
  readonly #lanes: Lane[];
  readonly #options: EngineOptions;
  #batchCount = 0;
  #closed = false;

  private constructor(plan: ModelPlan, threads: Worker[], options: EngineOptions) {
    this.plan = plan;
    this.device = options.device;
    this.#options = options;
    this.#lanes = threads.map((thread) => ({ thread, pending: undefined }));
    for (const lane of this.#lanes) this.#listen(lane);
  }

  /** Throws an UnfitModelError with the thread's own sentence. */
  static async start(options: EngineOptions): Promise<Engine> {
    prepareRuntime();
    const threads = Array.from({ length: options.threads }, () => startThread(options));
    try {
      const plans = await Promise.all(threads.map(awaitPlan));
      return new Engine(plans[0]!, threads, options);
    } catch (error) {
      await Promise.all(threads.map(endThread));
      throw error;
    }
  }

  get lanes(): number {
    return this.#lanes.length;
  }

  /** At most `lanes` calls at once; the pixels of the items are given away. */
  run(items: readonly InferenceInput[]): Promise<BatchReply> {
    const lane = this.#lanes.find((candidate) => candidate.pending === undefined);
    if (lane === undefined) throw new Error('more batches at once than the engine has threads');
    const request: RunRequest = { type: 'run', batchId: ++this.#batchCount, items };
    return new Promise((resolve, reject) => {
      const timer = setTimeout(
        () => this.#break(new Error(`inference took longer than ${this.#options.inferenceTimeoutMs} ms`)),
        this.#options.inferenceTimeoutMs,
      );
      lane.pending = { batchId: request.batchId, resolve, reject, timer };
      lane.thread.postMessage(request, buffersOf(items));
    });
  }

  async close(): Promise<void> {
    this.#closed = true;
    await Promise.all(this.#lanes.map((lane) => endThread(lane.thread)));
  }

  #listen(lane: Lane): void {
    lane.thread.on('message', (reply: ThreadReply) => {
      const { pending } = lane;
      if (reply.type !== 'done' || pending?.batchId !== reply.batchId) return;
      clearTimeout(pending.timer);
      lane.pending = undefined;
      pending.resolve(reply);
    });
    lane.thread.on('error', (error) =>
      this.#break(error instanceof Error ? error : new Error(String(error))),
    );
    lane.thread.on('exit', () => this.#break(new Error('an inference thread ended')));
  }

  #break(error: Error): void {
    if (this.#closed) return;
    this.#closed = true;
    for (const { pending } of this.#lanes) {
      if (pending === undefined) continue;
      clearTimeout(pending.timer);
      pending.reject(error);
    }
    this.#options.onBroken(error);
  }
}

/** The runtime reads the environment of the process, which only the main thread can write. */
function prepareRuntime(): void {
  // Since 1.29 it reports models and machine to its maker unless it is told not to.
  process.env['ORT_DISABLE_TELEMETRY'] = '1';
  // CUDA would otherwise count the fastest GPU first, and the driver's tool counts by the bus.
  process.env['CUDA_DEVICE_ORDER'] = 'PCI_BUS_ID';
}

function startThread({ entry, modelPath, manifest, device, intraOpThreads }: EngineOptions): Worker {
  const data: InferenceThreadData = { modelPath, manifest, device, intraOpThreads };
  return new Worker(entry, { workerData: data, name: 'inference' });
}

/** Asks the thread to end, which it does after what it is computing; one that does not hear is torn down. */
async function endThread(thread: Worker): Promise<void> {
  if (thread.threadId < 0) return;
  const ended = new Promise<void>((resolve) => {
    thread.once('exit', () => resolve());
  });
  const request: CloseRequest = { type: 'close' };
  // eslint-disable-next-line unicorn/require-post-message-target-origin -- a thread has no origin
  thread.postMessage(request);
  const timer = setTimeout(() => void thread.terminate(), threadEndMs);
  await ended;
  clearTimeout(timer);
}

/** The first word of a thread: its plan, or why there is none. */
async function awaitPlan(thread: Worker): Promise<ModelPlan> {
  const stop = new AbortController();
  const ended = once(thread, 'exit', { signal: stop.signal }).then(() => {
    throw new UnfitModelError('the inference thread ended while it loaded the model');
  });
  ended.catch(() => undefined);
  try {
    const reply = await Promise.race([firstReply(thread, stop.signal), ended]);
    if (reply.type === 'ready') return reply.plan;
    throw new UnfitModelError(reply.type === 'unfit' ? reply.reason : 'an unexpected first message');
  } finally {
    stop.abort();
  }
}

function firstReply(thread: Worker, signal: AbortSignal): Promise<ThreadReply> {
  return new Promise((resolve) => {
    const hear = (message: ThreadReply | object): void => {
      // `node --watch` tells over the same channel which files a thread loads.
      if ('type' in message) resolve(message);
    };
    thread.on('message', hear);
    signal.addEventListener('abort', () => thread.off('message', hear));
  });
}

function buffersOf(items: readonly InferenceInput[]): ArrayBuffer[] {
  return items.flatMap((item) => item.views.map((view) => view.data.buffer as ArrayBuffer));
}
