/**
 * One controller that follows several signals and lets go of them. `AbortSignal.any` would do, but keeps something for each
 * call on the signal of a caller that makes 200,000 of them.
 */
import { onAbort, reasonOf } from './on-abort.ts';

export interface LinkedSignal {
  readonly signal: AbortSignal;
  abort(reason?: unknown): void;
  /** Ends the link, not the work. */
  release(): void;
}

export function linkSignals(...signals: readonly (AbortSignal | undefined)[]): LinkedSignal {
  const controller = new AbortController();
  const links = signals
    .filter((signal) => signal !== undefined)
    .map((signal) => {
      const follow = (): void => controller.abort(reasonOf(signal));
      if (signal.aborted) follow();
      return onAbort(signal, follow);
    });
  return {
    signal: controller.signal,
    abort: (reason) => controller.abort(reason),
    release() {
      for (const unlink of links) unlink();
    },
  };
}

/** Settles with the work, or rejects with the signal's reason as soon as it is aborted; the work goes on by itself. */
export async function orAborted<T>(work: Promise<T>, signal: AbortSignal | undefined): Promise<T> {
  if (signal === undefined) return work;
  return new Promise<T>((resolve, reject) => {
    const leave = (): void => reject(reasonOf(signal));
    if (signal.aborted) leave();
    const ignore = onAbort(signal, leave);
    work.then(resolve, reject).finally(ignore);
  });
}
