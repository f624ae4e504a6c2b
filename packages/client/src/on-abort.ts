/**
 * Listening to signals. However many calls share a signal, it has one listener of ours: some versions of Node take more than ten
 * for a leak and say so.
 */

class Listeners {
  readonly #signal: AbortSignal;
  readonly #tells = new Set<() => void>();

  constructor(signal: AbortSignal) {
    this.#signal = signal;
    signal.addEventListener('abort', this.#ring, { once: true });
  }

  add(tell: () => void): void {
    this.#tells.add(tell);
  }

  remove(tell: () => void): void {
    this.#tells.delete(tell);
    if (this.#tells.size > 0) return;
    this.#signal.removeEventListener('abort', this.#ring);
    listenersOf.delete(this.#signal);
  }

  readonly #ring = (): void => {
    for (const tell of this.#tells) tell();
  };
}

const listenersOf = new WeakMap<AbortSignal, Listeners>();

/** Tells when the signal is aborted from now on. Returns what ends that. */
export function onAbort(signal: AbortSignal | undefined, tell: () => void): () => void {
  if (signal === undefined) return () => undefined;
  const listeners = listenersOf.get(signal) ?? new Listeners(signal);
  listenersOf.set(signal, listeners);
  listeners.add(tell);
  return () => listeners.remove(tell);
}

/** What was given to `abort()`, which may be anything, as an error. */
export function reasonOf(signal: AbortSignal): Error {
  const reason: unknown = signal.reason;
  return reason instanceof Error ? reason : new DOMException(String(reason), 'AbortError');
}
