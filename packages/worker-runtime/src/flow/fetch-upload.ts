/** Step 7: the picture's bytes, out of Redis. */
import { ServiceError, type Job } from '@shoal/shared/contract';
import type { WorkerContext } from './context.ts';
import type { Run } from './take-job.ts';

export async function fetchUpload(job: Job, run: Run, context: WorkerContext): Promise<Buffer> {
  const bytes = await (run.takeBytes() ?? context.exchange.fetchUpload(job.id));
  if (bytes === null) throw new ServiceError('upload_lost', 'the picture was gone before it was processed');
  return bytes;
}
