/**
 * Every error that a client can see: its code, and what kind of event it is. The kind decides what the system does:
 * an answer is final and costs nothing more, trouble may pass, a bug is ours. HTTP statuses are the gateway's business.
 */
import { z } from 'zod';

export type ErrorKind = 'answer' | 'trouble' | 'bug';

export const errorKinds = {
  upload_missing: 'answer',
  options_invalid: 'answer',
  unauthorized: 'answer',
  model_unknown: 'answer',
  prediction_unknown: 'answer',
  route_unknown: 'answer',
  method_not_allowed: 'answer',
  upload_timeout: 'answer',
  upload_too_large: 'answer',
  media_type_unsupported: 'answer',
  image_undecodable: 'answer',
  image_too_large: 'answer',
  idempotency_key_reused: 'answer',
  rate_limited: 'answer',
  canceled: 'answer',
  overloaded: 'trouble',
  model_unavailable: 'trouble',
  redis_unavailable: 'trouble',
  shutting_down: 'trouble',
  deadline_exceeded: 'trouble',
  upload_lost: 'trouble',
  model_failed: 'trouble',
  internal: 'bug',
} as const satisfies Record<string, ErrorKind>;

export type ErrorCode = keyof typeof errorKinds;

export const errorCodes = Object.keys(errorKinds) as [ErrorCode, ...ErrorCode[]];

/** An error as data, the way it crosses Redis and HTTP. The message is for the client: no stack, path or key in it. */
export const errorDataSchema = z.object({ code: z.enum(errorCodes), message: z.string() });
export type ErrorData = z.infer<typeof errorDataSchema>;

/** The same inside one process. `cause` is for the log and never leaves it. */
export class ServiceError extends Error {
  readonly code: ErrorCode;
  readonly retryAfterS: number | undefined;

  constructor(code: ErrorCode, message: string, options: { cause?: unknown; retryAfterS?: number } = {}) {
    super(message, options.cause === undefined ? {} : { cause: options.cause });
    this.name = 'ServiceError';
    this.code = code;
    this.retryAfterS = options.retryAfterS;
  }

  get kind(): ErrorKind {
    return errorKinds[this.code];
  }

  toData(): ErrorData {
    return { code: this.code, message: this.message };
  }
}
