/**
 * Turns signals, and the loss of the parent, into two requests: to stop, and to hurry with it. One Ctrl-C may arrive
 * several times, from the terminal, from npm and from the start script, so what comes close together counts once.
 */
import type { EventEmitter } from 'node:events';

const sameRequestWithinMs = 1_000;

export interface StopRequest {
  readonly stop: AbortSignal;
  readonly hurry: AbortSignal;
}

export function listenForStop(
  source: EventEmitter,
  now: () => number = performance.now.bind(performance),
): StopRequest {
  const stop = new AbortController();
  const hurry = new AbortController();
  let requestedAt = -Infinity;
  const request = (): void => {
    const isRepetition = now() - requestedAt < sameRequestWithinMs;
    requestedAt = now();
    if (isRepetition) return;
    if (stop.signal.aborted) hurry.abort();
    else stop.abort();
  };
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) source.on(signal, request);
  source.once('disconnect', () => stop.abort());
  return { stop: stop.signal, hurry: hurry.signal };
}
