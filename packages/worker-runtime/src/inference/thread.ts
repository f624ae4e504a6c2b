/**
 * An inference thread seen from outside: how it is started, what its first word means, how it is ended. What it computes
 * is its lane's business.
 */
import { once } from 'node:events';
import { Worker } from 'node:worker_threads';
import { closingMarginMs } from '@shoal/shared/contract';
import type { CloseRequest, InferenceThreadData, ThreadReply, WidenRequest } from './inference-protocol.ts';

export type ReadyReply = Extract<ThreadReply, { type: 'ready' }>;

/** A thread that has not ended after this hangs in native code. Less than a service has left for closing. */
const threadEndMs = closingMarginMs / 2;

/** The model cannot be served: a person has to look at the folder. */
export class UnfitModelError extends Error {
  override readonly name = 'UnfitModelError';
}

/** The runtime reads the environment of the process, which only the main thread can write; before the first thread. */
export function prepareRuntime(): void {
  // Since 1.29 it reports models and machine to its maker unless it is told not to.
  process.env['ORT_DISABLE_TELEMETRY'] = '1';
  // CUDA would otherwise count the fastest GPU first, and the driver's tool counts by the bus.
  process.env['CUDA_DEVICE_ORDER'] = 'PCI_BUS_ID';
}

/** `entry` is the app's main file. */
export function startThread(entry: URL, data: InferenceThreadData): Worker {
  const thread = new Worker(entry, { workerData: data, name: 'inference' });
  // Whoever waits for the thread hears of it; in the moments when nobody does, its end will tell.
  thread.on('error', () => undefined);
  return thread;
}

/** Asks the thread to end, which it does after what it is computing; one that does not hear is torn down. */
export async function endThread(thread: Worker): Promise<void> {
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

/** The first word of a thread: its plan, or an UnfitModelError that says why there is none. */
export async function awaitReady(thread: Worker): Promise<ReadyReply> {
  const reply = await awaitReply(thread);
  if (reply.type === 'ready') return reply;
  throw new UnfitModelError(reply.type === 'unfit' ? reply.reason : 'an unexpected first message');
}

/**
 * Opens one more session in a thread that is ready and computes nothing; resolves to what prevented it, in words. Throws an
 * UnfitModelError when the thread ended over it.
 */
export async function widenThread(thread: Worker, intraOpThreads: number): Promise<string | undefined> {
  const request: WidenRequest = { type: 'widen', intraOpThreads };
  const answer = awaitReply(thread);
  // eslint-disable-next-line unicorn/require-post-message-target-origin -- a thread has no origin
  thread.postMessage(request);
  const reply = await answer;
  return reply.type === 'widened' ? reply.problem : 'an unexpected answer';
}

async function awaitReply(thread: Worker): Promise<ThreadReply> {
  const end = new UnfitModelError('the inference thread ended while it loaded the model');
  // One that has ended will not tell again.
  if (thread.threadId < 0) throw end;
  const stop = new AbortController();
  const ended = once(thread, 'exit', { signal: stop.signal }).then(() => {
    throw end;
  });
  ended.catch(() => undefined);
  try {
    return await Promise.race([nextReply(thread, stop.signal), ended]);
  } finally {
    stop.abort();
  }
}

function nextReply(thread: Worker, signal: AbortSignal): Promise<ThreadReply> {
  return new Promise((resolve) => {
    const hear = (message: ThreadReply | object): void => {
      // `node --watch` tells over the same channel which files a thread loads.
      if ('type' in message) resolve(message);
    };
    thread.on('message', hear);
    signal.addEventListener('abort', () => thread.off('message', hear));
  });
}
