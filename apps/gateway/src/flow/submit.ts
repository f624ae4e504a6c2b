/**
 * Step 5: the prediction is accepted. The waiter comes first, so that no answer is missed; then the bytes and their
 * ledger row, if there is room; then the queue. A caller's Idempotency-Key that stands for a prediction already leads to
 * that one. When Redis does not say whether it took the job, the prediction is ended by a result, so that it can never run
 * unseen; one with a key is left alone, since whoever comes again with the key finds it.
 */
import { createHash } from 'node:crypto';
import {
  ServiceError,
  canceledResult,
  type Job,
  type MediaType,
  type OpenPrediction,
  type Result,
} from '@shoal/shared/contract';
import { piecesOf, type AdmitLimit, type AdmitLimits, type Admission, type Bytes } from '@shoal/shared/redis';
import { newPredictionId } from '../prediction-id.ts';
import type { GatewayContext } from '../gateway-context.ts';
import type { Waiter } from '../waiters.ts';
import type { ReadOptions } from './read-options.ts';
import type { Terms } from './read-terms.ts';

/** A prediction that was accepted, by this request or by an earlier one with the same key. */
export interface OpenTicket extends Waiter {
  readonly kind: 'open';
  readonly job: Job;
  /** Of the model, as far as this gateway knows. */
  readonly version: string;
  readonly isReplay: boolean;
  /** How many of its class were before it when it was accepted. */
  readonly ahead: number;
}

export type Ticket = OpenTicket | { readonly kind: 'answered'; readonly result: Result };

export interface Submission extends ReadOptions {
  readonly bytes: Bytes;
  readonly mediaType: MediaType;
  readonly requestId: string;
  readonly terms: Terms;
  /** Name of the caller's API key; keys of different callers are different keys. */
  readonly caller: string | undefined;
  /** Of a picture in a list, which has one key for all. */
  readonly index?: number;
}

/** A claim may vanish between two looks at it, but not again and again. */
const triesMax = 3;

export async function submit(submission: Submission, context: GatewayContext): Promise<Ticket> {
  const { version } = submission.model.record;
  const digest = submission.terms.idempotencyKey === undefined ? undefined : digestOf(submission);
  let id = newPredictionId();
  for (let tries = 0; tries < triesMax; tries += 1) {
    const open = openPrediction(id, submission, context);
    const waiter = context.waiters.expect(id);
    const admission = await admit(open, submission, digest, context).catch((error: unknown) => {
      waiter.forget();
      throw error;
    });
    if (admission.kind === 'accepted') {
      return { kind: 'open', ...waiter, job: open.job, version, isReplay: false, ahead: admission.ahead };
    }
    waiter.forget();
    if (admission.kind !== 'claimed') throw refusal(admission, open.job, submission.terms, context);
    const standing = await join(admission.id, version, context);
    if (standing !== undefined) return standing;
    // The claim stands for a prediction that is not there: it is submitted again as what it was.
    id = admission.id;
  }
  throw new ServiceError('redis_unavailable', 'the prediction that this Idempotency-Key stands for is lost');
}

function openPrediction(id: string, submission: Submission, context: GatewayContext): OpenPrediction {
  const { terms, caller, index } = submission;
  const acceptedAtMs = Date.now();
  const job: Job = {
    id,
    model: submission.model.record.name,
    priority: terms.priority,
    options: submission.options,
    mediaType: submission.mediaType,
    acceptedAtMs,
    deadlineAtMs: acceptedAtMs + terms.deadlineMs,
    gatewayId: context.id,
    requestId: submission.requestId,
    keepMs: terms.keepMs,
    ...(terms.idempotencyKey !== undefined && {
      claim: createHash('sha256')
        .update(JSON.stringify([caller, terms.idempotencyKey, index]))
        .digest('hex'),
    }),
  };
  return { job, ...(terms.webhook && { webhook: terms.webhook }) };
}

/** What makes two requests with one key the same request. */
function digestOf({ bytes, model, options }: Submission): string {
  const hash = createHash('sha256').update(JSON.stringify([model.record.name, options]));
  for (const piece of piecesOf(bytes)) hash.update(piece);
  return hash.digest('hex');
}

async function admit(
  open: OpenPrediction,
  { bytes, terms }: Submission,
  digest: string | undefined,
  context: GatewayContext,
): Promise<Admission> {
  const { job } = open;
  let wasStored = false;
  try {
    const admission = await context.exchange.admit(open, bytes, limitsOf(job, terms, context), digest);
    wasStored = admission.kind === 'accepted';
    if (wasStored) await context.queues.add(job);
    return admission;
  } catch (error) {
    // The picture or the job may have arrived all the same, unless Redis has said that it has no room for the picture.
    const isKnown = isFull(error) && !wasStored;
    if (job.claim === undefined && !isKnown) {
      const canceled = canceledResult(job.id, 'the queue did not confirm the prediction');
      context.withdrawals.endUnconfirmed(job, canceled);
    }
    throw toServiceError(error);
  }
}

/** Resolves to undefined when nothing is known of the prediction. */
async function join(id: string, version: string, context: GatewayContext): Promise<Ticket | undefined> {
  let waiter: Waiter | undefined;
  try {
    waiter = await context.waiters.join(id);
    const look = await context.exchange.look(id);
    if (look?.kind === 'open') {
      // Whoever accepted it may have died before the queue knew; a job that is there is not added again.
      await context.queues.add(look.open.job);
      return { kind: 'open', ...waiter, job: look.open.job, version, isReplay: true, ahead: look.ahead };
    }
    waiter.forget();
    return look;
  } catch (error) {
    waiter?.forget();
    throw toServiceError(error);
  }
}

function limitsOf(
  { model, priority }: Job,
  terms: Terms,
  { settings, outlook }: GatewayContext,
): AdmitLimits {
  return {
    modelJobsMax: settings.SHOAL_MODEL_JOBS_MAX,
    modelBytesMax: settings.SHOAL_MODEL_BYTES_MAX,
    jobsMax: settings.SHOAL_QUEUE_JOBS_MAX,
    bytesMax: settings.SHOAL_QUEUE_BYTES_MAX,
    aheadMax: outlook.aheadMax(model, priority, terms.deadlineMs),
  };
}

const limitMessages: Record<AdmitLimit, (model: string, deadlineMs: number) => string> = {
  'model jobs': (model) => `as many pictures wait for ${model} as may`,
  'model bytes': (model) => `the pictures that wait for ${model} are as large as they may be`,
  jobs: () => 'as many pictures wait as may',
  bytes: () => 'the pictures that wait are as large as they may be',
  wait: (model, deadlineMs) =>
    `so many pictures wait for ${model} that this one would not be done within its ${deadlineMs} ms: ` +
    'come back later, or send it with "Prefer: respond-async" and fetch the answer when it is there',
};

function refusal(
  admission: Exclude<Admission, { kind: 'accepted' | 'claimed' }>,
  { model }: Job,
  { deadlineMs }: Terms,
  { outlook }: GatewayContext,
): ServiceError {
  if (admission.kind === 'reused') {
    return new ServiceError(
      'idempotency_key_reused',
      'this Idempotency-Key came before with another picture, model or options',
    );
  }
  return new ServiceError('overloaded', limitMessages[admission.limit](model, deadlineMs), {
    retryAfterS: outlook.retryAfterS(model, admission.modelJobs),
  });
}

function toServiceError(error: unknown): ServiceError {
  if (error instanceof ServiceError) return error;
  if (isFull(error)) {
    return new ServiceError('overloaded', 'the queue has no room: Redis is full', { cause: error });
  }
  return new ServiceError('redis_unavailable', 'the queue did not take the prediction', { cause: error });
}

function isFull(error: unknown): boolean {
  return error instanceof Error && /^(OOM|MISCONF)|-OOM|OOM command/.test(error.message);
}
