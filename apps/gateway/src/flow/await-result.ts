/**
 * Step 14: waits for the answer, until it comes, the caller's patience or the deadline is over, or the caller leaves. The
 * last two may end the prediction, and an end is a result too: it is written like any other, and whatever stands in the end
 * is the answer.
 */
import {
  ServiceError,
  canceledResult,
  expiredResult,
  type ErrorCode,
  type Result,
} from '@shoal/shared/contract';
import type { GatewayContext } from '../gateway-context.ts';
import type { OpenTicket } from './submit.ts';

/**
 * Resolves to undefined when `waitMs` is over before the deadline: the prediction goes on. Rejects with `canceled` when
 * `left` is aborted: there is nobody to tell; and with `redis_unavailable` when nobody can say what stands.
 */
export async function awaitResult(
  { job, version, answer, forget }: OpenTicket,
  waitMs: number,
  left: AbortSignal,
  { waiters, withdrawals, metrics, log }: Pick<GatewayContext, 'waiters' | 'withdrawals' | 'metrics' | 'log'>,
): Promise<Result | undefined> {
  const count = (code: ErrorCode) => () => metrics.failed({ model: job.model, version }, code);
  const leftMs = job.deadlineAtMs - Date.now();
  let timer: NodeJS.Timeout | undefined;
  let onLeft: (() => void) | undefined;
  const timeout = new Promise<'over'>((resolve) => {
    timer = setTimeout(() => resolve('over'), Math.max(0, Math.min(waitMs, leftMs)));
  });
  const departure = new Promise<'left'>((resolve) => {
    onLeft = () => resolve('left');
    if (left.aborted) onLeft();
    else left.addEventListener('abort', onLeft, { once: true });
  });
  const outcome = await Promise.race([answer, timeout, departure]).finally(() => {
    clearTimeout(timer);
    if (onLeft) left.removeEventListener('abort', onLeft);
    forget();
  });
  if (outcome === 'left') {
    // Who left a key behind may come back with it, and others may want the answer.
    if (job.claim === undefined && !(await isAwaited(job.id))) {
      withdrawals.endSoon(job, canceledResult(job.id, 'the caller left'), count('canceled'));
    }
    throw new ServiceError('canceled', 'the caller left');
  }
  if (outcome !== 'over') return outcome;
  if (waitMs < leftMs) return undefined;
  try {
    return await withdrawals.end(job, expiredResult(job.id), count('deadline_exceeded'));
  } catch (error) {
    // What stands is unknown: it may be an answer that came in time.
    throw new ServiceError(
      'redis_unavailable',
      'the deadline passed, and the queue does not say what became of it',
      {
        cause: error,
      },
    );
  }

  async function isAwaited(id: string): Promise<boolean> {
    return waiters.isAwaited(id).catch((error: unknown) => {
      log.debug({ err: error, id }, 'nobody can say whether others wait');
      return false;
    });
  }
}
