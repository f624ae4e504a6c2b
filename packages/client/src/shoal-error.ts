/**
 * The one class of error that this library throws; only an abort is thrown as the signal's own reason. `code` is the
 * server's, or one of our own where no server spoke.
 */

import type { ErrorCode } from './api-contract.ts';

/** Codes of this library. The server's are in the table of its documentation. */
export type ClientErrorCode =
  /** No connection, or it broke off. */
  | 'unreachable'
  /** The budget of the call is used up. */
  | 'timed_out'
  /** What came is not what the server says it sends, or it is not a Shoal server. */
  | 'answer_unreadable'
  /** The picture could not be opened; `cause` says why. */
  | 'image_unreadable'
  /** The local queue holds as much as it may. */
  | 'queue_full'
  /** The local queue was closed. */
  | 'queue_closed';

/** A server that is newer than this library may have others. */
export type ShoalErrorCode = ErrorCode | ClientErrorCode | (string & Record<never, never>);

export interface ShoalErrorOptions {
  /** Of the answer's HTTP status. */
  readonly status?: number | undefined;
  readonly retryAfterMs?: number | undefined;
  readonly requestId?: string | undefined;
  readonly predictionId?: string | undefined;
  readonly isRetryable?: boolean | undefined;
  readonly cause?: unknown;
}

export class ShoalError extends Error {
  readonly code: ShoalErrorCode;
  /** The HTTP status; undefined where there was no answer. */
  readonly status: number | undefined;
  /** When the server wants to be asked again. */
  readonly retryAfterMs: number | undefined;
  /** What the server's log calls the request. */
  readonly requestId: string | undefined;
  readonly predictionId: string | undefined;
  /** The same call may succeed later. */
  readonly isRetryable: boolean;

  constructor(code: ShoalErrorCode, message: string, options: ShoalErrorOptions = {}) {
    super(message, options.cause === undefined ? {} : { cause: options.cause });
    this.name = 'ShoalError';
    this.code = code;
    this.status = options.status;
    this.retryAfterMs = options.retryAfterMs;
    this.requestId = options.requestId;
    this.predictionId = options.predictionId;
    this.isRetryable = options.isRetryable ?? false;
  }
}
