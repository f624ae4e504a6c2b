/**
 * How long one call keeps trying: its budget of time over all attempts and pauses, its signal, and the pauses themselves. It
 * knows nothing of HTTP; an error says of itself whether it may pass.
 */
import type { Clock, Retry } from './call-options.ts';
import { linkSignals, orAborted } from './link-signals.ts';
import { reasonOf } from './on-abort.ts';
import { retryDelayMs, type BackoffMs } from './retry-delay.ts';
import { ShoalError } from './shoal-error.ts';

export interface RetryPolicy {
  readonly clock: Clock;
  readonly random: () => number;
  readonly backoffMs: BackoffMs;
  readonly attemptsMax: number;
  readonly onRetry: (retry: Retry) => void;
}

export class Patience {
  readonly signal: AbortSignal | undefined;
  readonly #policy: RetryPolicy;
  readonly #budgetMs: number;
  readonly #endMs: number;
  /** In a row: whoever has been answered begins anew. */
  #failures = 0;
  /** In all: what the server loses again and again would otherwise be sent again and again without a pause. */
  #losses = 0;

  constructor(policy: RetryPolicy, budgetMs: number, signal: AbortSignal | undefined) {
    this.#policy = policy;
    this.#budgetMs = budgetMs;
    this.#endMs = policy.clock.nowMs() + budgetMs;
    this.signal = signal;
  }

  get remainingMs(): number {
    return this.#endMs - this.#policy.clock.nowMs();
  }

  get isAborted(): boolean {
    return this.signal?.aborted === true;
  }

  /** Sends a request until it is answered, or fails for good. */
  async repeat<T>(request: () => Promise<T>): Promise<T> {
    for (;;) {
      this.check();
      try {
        const answer = await request();
        this.#failures = 0;
        return answer;
      } catch (error) {
        if (!(error instanceof ShoalError) || !error.isRetryable) throw error;
        this.#failures += 1;
        await this.#pause(error, this.#failures);
      }
    }
  }

  /** Pauses before an accepted prediction that was lost is submitted anew. */
  async pauseAfterLoss(error: ShoalError): Promise<void> {
    this.#losses += 1;
    await this.#pause(error, this.#losses);
  }

  /** Settles with work that cannot be ended itself, or leaves it when there is no time left, or nobody who waits. */
  async within<T>(work: Promise<T>): Promise<T> {
    const link = linkSignals(this.signal);
    const alarm = this.alarm((error) => link.abort(error));
    try {
      return await orAborted(work, link.signal);
    } finally {
      alarm.abort();
      link.release();
    }
  }

  /** Pauses for no fault; never past the budget. */
  async rest(ms: number): Promise<void> {
    await this.#policy.clock.sleep(Math.max(0, Math.min(ms, this.remainingMs)), this.signal);
    this.check();
  }

  /** Tells when the budget ends; aborting it is leaving. */
  alarm(tell: (error: ShoalError) => void): AbortController {
    const timer = new AbortController();
    if (this.#budgetMs !== Infinity) {
      this.#policy.clock.sleep(this.remainingMs, timer.signal).then(
        () => tell(this.#overtime()),
        () => undefined,
      );
    }
    return timer;
  }

  /** Throws when there is no time left, or nobody who waits. */
  check(cause?: ShoalError): void {
    if (this.signal !== undefined && this.isAborted) throw reasonOf(this.signal);
    if (this.remainingMs <= 0) throw this.#overtime(cause);
  }

  #overtime(cause?: ShoalError): ShoalError {
    return new ShoalError('timed_out', `no answer within the budget of ${this.#budgetMs} ms`, {
      isRetryable: true,
      predictionId: cause?.predictionId,
      cause,
    });
  }

  async #pause(error: ShoalError, failures: number): Promise<void> {
    const { clock, random, backoffMs, attemptsMax, onRetry } = this.#policy;
    this.check(error);
    const delayMs = retryDelayMs(failures, error.retryAfterMs, backoffMs, random);
    // A pause that outlasts the budget only delays the same error.
    if (failures >= attemptsMax || delayMs >= this.remainingMs) throw error;
    onRetry({ error, attempt: failures, delayMs });
    await clock.sleep(delayMs, this.signal);
  }
}
