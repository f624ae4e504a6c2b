/** What can go wrong with a request to somebody else, as far as whoever sent it treats it differently. */

/**
 * - `refused`: this gateway does not connect there
 * - `unreachable`: no name, no connection, or it broke
 * - `timeout`: not done in time
 * - `too-large`: more bytes than were asked for
 */
export type OutboundFailure = 'refused' | 'unreachable' | 'timeout' | 'too-large';

export class OutboundError extends Error {
  override readonly name = 'OutboundError';
  readonly failure: OutboundFailure;

  /** The message may be shown to a caller: it names no address. */
  constructor(failure: OutboundFailure, message: string, cause?: unknown) {
    super(message, cause === undefined ? {} : { cause });
    this.failure = failure;
  }
}
