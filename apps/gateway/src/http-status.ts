/** Which HTTP status an error code has, and when a caller may come again. The one table of its kind. */
import type { ErrorCode } from '@shoal/shared/contract';

export const httpStatus = {
  upload_missing: 400,
  options_invalid: 400,
  unauthorized: 401,
  model_unknown: 404,
  prediction_unknown: 404,
  route_unknown: 404,
  method_not_allowed: 405,
  upload_timeout: 408,
  canceled: 409,
  upload_too_large: 413,
  media_type_unsupported: 415,
  image_undecodable: 422,
  image_too_large: 422,
  idempotency_key_reused: 422,
  rate_limited: 429,
  upload_lost: 500,
  model_failed: 500,
  internal: 500,
  overloaded: 503,
  model_unavailable: 503,
  redis_unavailable: 503,
  shutting_down: 503,
  deadline_exceeded: 504,
} as const satisfies Record<ErrorCode, number>;

/** Seconds for `Retry-After`, where the error itself does not know better. */
export function retryAfterS(code: ErrorCode): number | undefined {
  const status = httpStatus[code];
  return status === 503 || status === 429 ? 2 : undefined;
}
