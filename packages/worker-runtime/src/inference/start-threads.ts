/**
 * The first threads of an engine: one that shows what the model takes and what a session costs, then as many more as
 * there is room for, and last the wide session of the first. What could not be had is told, and what remains serves.
 */
import type { Worker } from 'node:worker_threads';
import type { Allowance } from '../device/allowance.ts';
import { chooseThreads, firstWidth, type ThreadChoice, type ThreadWishes } from './choose-threads.ts';
import type { InferenceThreadData } from './inference-protocol.ts';
import type { ReadyThread } from './lane.ts';
import { awaitReady, endThread, startThread, widenThread, type ReadyReply } from './thread.ts';

export interface StartOptions
  extends Pick<InferenceThreadData, 'modelPath' | 'manifest' | 'device'>, ThreadWishes {
  /** The app's main file; its threads are started from it. */
  readonly entry: URL;
  /** Pictures in one run; unset: chosen. */
  readonly batchMax: number | undefined;
  readonly readAllowance: () => Allowance;
  /** Something could not be had: what, in words. */
  readonly onLess: (what: string) => void;
}

export interface StartedThreads {
  readonly threads: readonly ReadyThread[];
  readonly plan: ReadyReply['plan'];
  /** How a thread is started that takes the place of one of these. */
  readonly data: InferenceThreadData;
  readonly wideThreads: number;
}

/** Throws an UnfitModelError with the thread's own sentence; no thread is left then. */
export async function startThreads(options: StartOptions): Promise<StartedThreads> {
  const { entry, modelPath, manifest, device, onLess } = options;
  const started: Worker[] = [];
  const start = (data: InferenceThreadData): Worker => {
    const thread = startThread(entry, data);
    started.push(thread);
    return thread;
  };
  try {
    const intraOpThreads = firstWidth(options, device, options.readAllowance().cores);
    const firstData = { modelPath, manifest, device, intraOpThreads };
    const before = process.memoryUsage.rss();
    const first = start({ ...firstData, batching: { wanted: options.batchMax } });
    const { plan, batching, notes } = await awaitReady(first);
    const sessionBytes = process.memoryUsage.rss() - before;
    const choice = chooseThreads(options, device, options.readAllowance(), sessionBytes);
    for (const note of [...notes, ...choice.notes]) onLess(note);

    const data = { ...firstData, intraOpThreads: choice.intraOpThreads, batching };
    const isOfThatWidth = choice.intraOpThreads === intraOpThreads;
    if (!isOfThatWidth) await endThread(first);
    const kept = isOfThatWidth ? [first] : [];
    const others = Array.from({ length: choice.threads - kept.length }, () => start(data));
    const threads = [...kept, ...(await thoseThatLoad(others, kept.length > 0, options))];
    const wideThreads = await widenFirst(threads, choice, onLess);
    return {
      threads: threads.map((thread, index) => ({ thread, hasWide: index === 0 && wideThreads > 0 })),
      plan,
      data,
      wideThreads,
    };
  } catch (error) {
    await Promise.all(started.map(endThread));
    throw error;
  }
}

/** All of them, where their number was asked for or there is no other; else those that there is room for. */
async function thoseThatLoad(
  threads: readonly Worker[],
  isOneThere: boolean,
  { threads: asked, onLess }: StartOptions,
): Promise<readonly Worker[]> {
  const outcomes = await Promise.allSettled(threads.map(awaitReady));
  const failed = outcomes.filter((outcome) => outcome.status === 'rejected');
  if (failed.length === 0) return threads;
  const reason = failed[0]!.reason as Error;
  if (asked !== undefined || (failed.length === threads.length && !isOneThere)) throw reason;
  await Promise.all(threads.filter((_, index) => outcomes[index]!.status === 'rejected').map(endThread));
  onLess(`${failed.length} of the inference threads could not load the model: ${reason.message}`);
  return threads.filter((_, index) => outcomes[index]!.status === 'fulfilled');
}

/** Resolves to the threads inside the wide session, 0 where there is none. */
async function widenFirst(
  [first]: readonly Worker[],
  { wideThreads }: ThreadChoice,
  onLess: (what: string) => void,
): Promise<number> {
  if (wideThreads === 0 || first === undefined) return 0;
  const problem = await widenThread(first, wideThreads);
  if (problem === undefined) return wideThreads;
  onLess(`a session on all cores could not be opened: ${problem}`);
  return 0;
}
