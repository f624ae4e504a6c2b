/** What a client has done so far. */
export interface Statistics {
  /** Predictions that were sent, each counted once however often it was sent. */
  readonly sent: number;
  readonly succeeded: number;
  /** Ended without an answer, for whatever reason: an error, the budget, an abort. */
  readonly failed: number;
  /** Requests that were sent again. */
  readonly retried: number;
  /** Held in the local queue, and not answered. */
  readonly queued: number;
}
