/**
 * What a picture that is given up leaves behind: its bytes and what is known of it, for the operator. Comes before the
 * answer, which lets go of the bytes; and whatever happens here, the answer comes.
 */
import { suspectOf, type Job } from '@shoal/shared/contract';
import type { QuarantineLimits, QuarantineStore, Starts } from '@shoal/shared/redis';
import type { WorkerContext } from './context.ts';

export interface Quarantine {
  readonly store: Pick<QuarantineStore, 'setAside'>;
  readonly limits: QuarantineLimits;
  readonly workerId: string;
}

export async function setAside(job: Job, deaths: Starts, context: WorkerContext): Promise<void> {
  const { quarantine, device, record, now, log } = context;
  const { id, requestId } = job;
  try {
    const kept = await quarantine.store.setAside(
      {
        ...suspectOf(job),
        deaths,
        setAsideAtMs: now(),
        answeredAs: 'failed',
        givenUpBy: { workerId: quarantine.workerId, device, version: record.version },
      },
      quarantine.limits,
    );
    log.warn({ id, requestId, ...kept }, 'put into quarantine');
  } catch (error) {
    log.error({ err: error, id, requestId }, 'a picture could not be kept for the operator');
  }
}
