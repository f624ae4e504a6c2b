/** Ends what has been silent for too long, and what its caller has aborted: one signal for both. */
import type { Clock } from './call-options.ts';
import { linkSignals, type LinkedSignal } from './link-signals.ts';

export class SilenceWatch {
  readonly #link: LinkedSignal;
  readonly #clock: Clock;
  readonly #silenceMsMax: number;
  readonly #error: Error;
  #timer: AbortController | undefined;

  /** @param error the signal's reason after too long a silence */
  constructor(clock: Clock, silenceMsMax: number, error: Error, signal: AbortSignal | undefined) {
    this.#clock = clock;
    this.#silenceMsMax = silenceMsMax;
    this.#error = error;
    this.#link = linkSignals(signal);
    this.beat();
  }

  get signal(): AbortSignal {
    return this.#link.signal;
  }

  /** Something was heard, or waiting begins. */
  beat(): void {
    this.rest();
    const timer = new AbortController();
    this.#timer = timer;
    this.#clock.sleep(this.#silenceMsMax, timer.signal).then(
      () => this.#link.abort(this.#error),
      () => undefined,
    );
  }

  /** Nobody listens for now, so that silence means nothing. */
  rest(): void {
    this.#timer?.abort();
    this.#timer = undefined;
  }

  end(): void {
    this.rest();
    this.#link.release();
  }
}
