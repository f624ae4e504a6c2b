/**
 * The worker's story, one job at a time: a picture at fault is answered, trouble is thrown (so that the queue delivers
 * the job again, and the last time it is answered too), and nothing is left unanswered.
 */
import {
  ServiceError,
  canceledResult,
  expiredResult,
  failedResult,
  type ErrorCode,
  type Job,
  type Result,
} from '@shoal/shared/contract';
import { ThreadEndedError } from '../inference/lane.ts';
import type { Delivery, WorkerContext } from './context.ts';
import { ImageError } from './decode-image.ts';
import { fetchUpload } from './fetch-upload.ts';
import { publishResult } from './publish-result.ts';
import { resolveOptions } from './resolve-options.ts';
import { setAside } from './set-aside.ts';
import { SetAsideError, takeJob, type Run } from './take-job.ts';
import { toResult } from './to-result.ts';

export async function processJob(delivery: Delivery, context: WorkerContext): Promise<void> {
  const { job } = delivery;
  let run;
  let wasComputed = false;
  const { signal, forget } = context.endings.track(job.id);
  context.metrics.began();
  context.pace.began();
  try {
    run = await takeJob(job, context);
    if (run === undefined) return;
    const { image, decodeMs } = await fetchAndDecode(job, run, signal, context);
    const options = resolveOptions(job.options, context.record);
    const inferred = await context.batcher.submit({
      ...image,
      options,
      deadlineAtMs: job.deadlineAtMs,
      signal,
    });
    wasComputed = true;
    refuseLate(job, context);
    await publishResult(toResult(job, run, image, decodeMs, inferred, context), job, context);
  } catch (thrown) {
    const error = await orSetAside(thrown, delivery, context);
    const answer = answerTo(error, job);
    // The answer lets go of the bytes.
    if (error instanceof SetAsideError) await setAside(job, error.deaths, context);
    if (answer !== undefined) {
      await publishResult(answer, job, context);
      if (!(error instanceof SetAsideError)) return;
      context.metrics.redelivered('set_aside');
      throw error;
    }
    context.log.error({ err: error, id: job.id, requestId: job.requestId }, 'a job failed');
    if (delivery.isLast) {
      await publishResult(
        failedResult(job.id, 'model_failed', 'the model failed on this picture'),
        job,
        context,
      );
    } else {
      // Whoever had a part in the end of a thread keeps the mark, and runs alone from now on.
      if (!(error instanceof ThreadEndedError)) await run?.clear();
      context.metrics.redelivered('retry');
    }
    throw error;
  } finally {
    forget();
    run?.leave();
    context.pace.left(wasComputed);
    context.metrics.left();
  }
}

/** In a function of its own, so that the picture's bytes are let go before it is inferred. */
async function fetchAndDecode(job: Job, run: Run, signal: AbortSignal, context: WorkerContext) {
  const bytes = await fetchUpload(job, run, context);
  signal.throwIfAborted();
  const decodeStartedMs = context.now();
  const image = await context.decode(bytes, job.options);
  return { image, decodeMs: context.now() - decodeStartedMs };
}

/** The end of a thread is a death, as the end of a process is: whoever it happened to with every run is given up. */
async function orSetAside(error: unknown, { job, isLast }: Delivery, { exchange }: WorkerContext) {
  if (!isLast || !(error instanceof ThreadEndedError)) return error;
  return new SetAsideError((await exchange.inspect(job.id)).starts);
}

/** The gateway may be gone that would have ended this prediction at its deadline. */
function refuseLate(job: Job, context: WorkerContext): void {
  if (context.now() >= job.deadlineAtMs) throw new ServiceError('deadline_exceeded', 'inferred too late');
}

/** The final answer that an error means, or undefined when trying again may help. */
function answerTo(error: unknown, job: Job): Result | undefined {
  if (error instanceof ImageError) return failedResult(job.id, error.code, error.message);
  if (error instanceof SetAsideError) return failedResult(job.id, 'model_failed', error.message);
  if (!(error instanceof ServiceError)) return undefined;
  const final: readonly ErrorCode[] = ['upload_lost', 'deadline_exceeded', 'canceled'];
  if (error.kind !== 'answer' && !final.includes(error.code)) return undefined;
  if (error.code === 'deadline_exceeded') return expiredResult(job.id);
  if (error.code === 'canceled') return canceledResult(job.id, error.message);
  return failedResult(job.id, error.code, error.message);
}
