/**
 * Step 5: the prediction is accepted. The waiter comes first, so that no answer is missed; then the bytes and their
 * ledger row, if there is room; then the queue. When Redis does not say whether it took the job, the prediction is
 * ended by a result, so that it can never run unseen.
 */
import {
  ServiceError,
  canceledResult,
  redeliveryMarginMs,
  type Job,
  type MediaType,
  type Result,
} from '@shoal/shared/contract';
import { v7 as uuidv7 } from 'uuid';
import type { AdmitRefusal } from '@shoal/shared/redis';
import type { GatewayContext } from '../gateway-context.ts';
import type { ReadOptions } from './read-options.ts';

export interface Ticket {
  readonly job: Job;
  /** Of the model, as far as this gateway knows. */
  readonly version: string;
  readonly answer: Promise<Result>;
  readonly forget: () => void;
}

export interface Submission extends ReadOptions {
  readonly bytes: Buffer;
  readonly mediaType: MediaType;
  readonly requestId: string;
}

export async function submit(submission: Submission, context: GatewayContext): Promise<Ticket> {
  const acceptedAtMs = Date.now();
  const job: Job = {
    id: uuidv7(),
    model: submission.model.record.name,
    options: submission.options,
    mediaType: submission.mediaType,
    acceptedAtMs,
    deadlineAtMs: acceptedAtMs + context.settings.SHOAL_DEADLINE_MS,
    gatewayId: context.id,
    requestId: submission.requestId,
  };
  const { answer, forget } = context.waiters.expect(job.id);
  try {
    await enqueue(job, submission.bytes, context);
  } catch (error) {
    forget();
    throw error;
  }
  return { job, version: submission.model.record.version, answer, forget };
}

async function enqueue(job: Job, bytes: Buffer, context: GatewayContext): Promise<void> {
  const { settings } = context;
  let refusal: AdmitRefusal | undefined;
  try {
    const expiresAtMs = job.deadlineAtMs + redeliveryMarginMs;
    refusal = await context.exchange.admit(job, bytes, job.acceptedAtMs, expiresAtMs, {
      modelJobsMax: settings.SHOAL_MODEL_JOBS_MAX,
      modelBytesMax: settings.SHOAL_MODEL_BYTES_MAX,
      jobsMax: settings.SHOAL_QUEUE_JOBS_MAX,
      bytesMax: settings.SHOAL_QUEUE_BYTES_MAX,
    });
    if (refusal === undefined) await context.queues.add(job);
  } catch (error) {
    // The picture or the job may have arrived all the same.
    context.withdrawals.endSoon(job, canceledResult(job.id, 'the queue did not confirm the prediction'));
    if (isFull(error)) {
      throw new ServiceError('overloaded', 'the queue has no room: Redis is full', { cause: error });
    }
    throw new ServiceError('redis_unavailable', 'the queue did not take the prediction', { cause: error });
  }
  if (refusal !== undefined) throw new ServiceError('overloaded', refusalMessages[refusal](job.model));
}

const refusalMessages: Record<AdmitRefusal, (model: string) => string> = {
  'model jobs': (model) => `as many pictures wait for ${model} as may`,
  'model bytes': (model) => `the pictures that wait for ${model} are as large as they may be`,
  jobs: () => 'as many pictures wait as may',
  bytes: () => 'the pictures that wait are as large as they may be',
};

function isFull(error: unknown): boolean {
  return error instanceof Error && /^(OOM|MISCONF)|-OOM|OOM command/.test(error.message);
}
