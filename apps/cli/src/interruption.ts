/** Ctrl-C, once: what is under way is told to end. Twice: the process ends, now. */
import { setMaxListeners } from 'node:events';
import { exitStatus } from './exit-status.ts';

const signals = ['SIGINT', 'SIGTERM'] as const;

/** Watches until the function `stop` is called; of Windows only Ctrl-C comes through. */
export function watchForInterruption(): { readonly signal: AbortSignal; readonly stop: () => void } {
  const interrupted = new AbortController();
  // Every picture under way listens.
  setMaxListeners(0, interrupted.signal);
  const onSignal = (): void => {
    if (interrupted.signal.aborted) process.exit(exitStatus.interrupted);
    interrupted.abort(new DOMException('interrupted', 'AbortError'));
  };
  for (const signal of signals) process.on(signal, onSignal);
  return {
    signal: interrupted.signal,
    stop: () => {
      for (const signal of signals) process.off(signal, onSignal);
    },
  };
}
