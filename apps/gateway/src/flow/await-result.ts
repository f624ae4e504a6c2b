/**
 * Step 14: waits for the answer, until it comes, the time is over, or the caller leaves. The last two are results too:
 * they are written like any other, and whatever stands in the end is the answer.
 */
import {
  ServiceError,
  canceledResult,
  expiredResult,
  type ErrorCode,
  type Result,
} from '@shoal/shared/contract';
import type { GatewayContext } from '../gateway-context.ts';
import type { Ticket } from './submit.ts';

/** Rejects with `canceled` when `left` is aborted: there is nobody to tell. */
export async function awaitResult(
  { job, version, answer, forget }: Ticket,
  left: AbortSignal,
  { withdrawals, metrics }: Pick<GatewayContext, 'withdrawals' | 'metrics'>,
): Promise<Result> {
  const count = (code: ErrorCode) => () => metrics.failed({ model: job.model, version }, code);
  let timer: NodeJS.Timeout | undefined;
  let onLeft: (() => void) | undefined;
  const timeout = new Promise<'expired'>((resolve) => {
    timer = setTimeout(() => resolve('expired'), Math.max(0, job.deadlineAtMs - Date.now()));
  });
  const departure = new Promise<'left'>((resolve) => {
    onLeft = () => resolve('left');
    if (left.aborted) onLeft();
    else left.addEventListener('abort', onLeft, { once: true });
  });
  try {
    const outcome = await Promise.race([answer, timeout, departure]);
    if (outcome === 'left') {
      withdrawals.endSoon(job, canceledResult(job.id, 'the caller left'), count('canceled'));
      throw new ServiceError('canceled', 'the caller left');
    }
    if (outcome !== 'expired') return outcome;
    const expired = expiredResult(job.id);
    return await withdrawals.end(job, expired, count('deadline_exceeded')).catch(() => expired);
  } finally {
    clearTimeout(timer);
    if (onLeft) left.removeEventListener('abort', onLeft);
    forget();
  }
}
