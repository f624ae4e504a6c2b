/** Step 13: writes the answer, unless one stands already; the waiting gateway is woken either way. */
import type { Job, Result } from '@shoal/shared/contract';
import type { WorkerContext } from './context.ts';

export async function publishResult(result: Result, job: Job, context: WorkerContext): Promise<void> {
  const standing = await context.exchange.publishResult(result, job, { isOnlyIfOwed: true });
  if (standing === undefined) {
    context.log.info({ id: job.id, requestId: job.requestId }, 'answered long ago');
    return;
  }
  const line = { id: job.id, requestId: job.requestId, status: standing.status };
  if (standing !== result) {
    context.log.info(line, 'an answer stood already');
    return;
  }
  context.metrics.answered(result);
  context.log.info({ ...line, ...reportOf(result) }, 'answered');
}

function reportOf(result: Result): object {
  return result.status === 'succeeded'
    ? { detections: result.detections.length, ...result.timings }
    : { code: result.error.code };
}
