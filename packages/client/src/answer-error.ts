/** What an answer that is no success means: its code, and whether the same request may succeed later. */
import type { EndedPrediction } from './answer-form.ts';
import type { HttpAnswer } from './http-exchange.ts';
import { readErrorBody } from './read-answer.ts';
import { ShoalError } from './shoal-error.ts';

/**
 * Codes of the server that pass. Not among them, though the server counts them as trouble: `deadline_exceeded`, since whoever set
 * the deadline wants nothing after it; `model_failed`, since the server has tried several times and a picture that ends workers
 * would end more of them; and `internal`, since the same request meets the same bug. `upload_lost` is: the server has lost the
 * picture, and we still have it. `upload_timeout` is what a network that stood still looks like from the other side.
 */
const passing: ReadonlySet<string> = new Set([
  'rate_limited',
  'overloaded',
  'model_unavailable',
  'redis_unavailable',
  'shutting_down',
  'upload_lost',
  'upload_timeout',
]);

/** What is in front of a server says these when it is the server that is away. */
const proxyStatuses: ReadonlySet<number> = new Set([408, 429, 500, 502, 503, 504]);

/** What is in front of a server refuses by these whatever is repeated: no right to come in, or a picture that is too large for it. */
const refusingStatuses: ReadonlySet<number> = new Set([401, 403, 407, 413]);

/** @param hasSpoken a Shoal server has answered at this address before, so that whatever else answers now is in its way */
export function errorOfAnswer(answer: HttpAnswer, hasSpoken: boolean): ShoalError {
  const { status, retryAfterMs, requestId } = answer;
  const error = readErrorBody(answer.body);
  if (error !== undefined) {
    return new ShoalError(error.code, error.message, {
      status,
      retryAfterMs,
      requestId,
      predictionId: answer.predictionId,
      // A code of a newer server says by its status whether it passes.
      isRetryable: passing.has(error.code) || status === 429 || status === 503,
    });
  }
  const isAway = proxyStatuses.has(status);
  return new ShoalError(
    isAway ? 'unreachable' : 'answer_unreadable',
    isAway
      ? `something in front of the server answers for it: HTTP ${status}`
      : `what answers is not a Shoal server: HTTP ${status}`,
    { status, retryAfterMs, requestId, isRetryable: isAway || (hasSpoken && !refusingStatuses.has(status)) },
  );
}

/** Of a prediction that ended without an answer. */
export function errorOfEnded({ id, error }: EndedPrediction, { status, requestId }: HttpAnswer): ShoalError {
  return new ShoalError(error.code, error.message, {
    // A look at it succeeds, whatever it shows.
    status: status < 300 ? undefined : status,
    requestId,
    predictionId: id,
    isRetryable: passing.has(error.code),
  });
}
