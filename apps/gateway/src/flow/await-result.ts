/**
 * Step 14: waits for the answer, until it comes, the time is over, or the caller leaves. The last two are results too:
 * they are written like any other, and whatever stands in the end is the answer.
 */
import { ServiceError, canceledResult, expiredResult, type Result } from '@shoal/shared/contract';
import type { GatewayContext } from '../gateway-context.ts';
import type { Ticket } from './submit.ts';

/** Rejects with `canceled` when `left` is aborted: there is nobody to tell. */
export async function awaitResult(
  { job, answer, forget }: Ticket,
  left: AbortSignal,
  context: Pick<GatewayContext, 'withdrawals'>,
): Promise<Result> {
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
      context.withdrawals.endSoon(job, canceledResult(job.id, 'the caller left'));
      throw new ServiceError('canceled', 'the caller left');
    }
    if (outcome !== 'expired') return outcome;
    return await context.withdrawals.end(job, expiredResult(job.id)).catch(() => expiredResult(job.id));
  } finally {
    clearTimeout(timer);
    if (onLeft) left.removeEventListener('abort', onLeft);
    forget();
  }
}
