/**
 * Step 6: decides what a delivered job is. Answered already: nothing to do. Past its deadline: an answer. Died with
 * before: a suspect, which runs alone; and if it has died alone too often, it is given up. Otherwise it runs with others.
 * Whatever runs is marked as begun, and only a death leaves the mark behind: of the process, or of its inference thread.
 */
import { ServiceError, deathsAloneMax, redeliveryMarginMs, type Job } from '@shoal/shared/contract';
import type { Starts } from '@shoal/shared/redis';
import type { RunMode } from '../gate.ts';
import type { WorkerContext } from './context.ts';

export interface Run {
  readonly takenAtMs: number;
  /** On their way already, where they were asked for at once: null when they are gone. Given once, so that nothing here holds them. */
  takeBytes(): Promise<Buffer | null> | undefined;
  /** Takes back the mark: the run ended without an answer, but in order. */
  clear(): Promise<void>;
  /** Lets others run again; always called. */
  leave(): void;
}

/** Given up: the job is answered, its picture kept, and it stays in the queue's failed set for an operator to look at. */
export class SetAsideError extends Error {
  override readonly name = 'SetAsideError';
  readonly deaths: Starts;

  constructor(deaths: Starts) {
    super('this picture ended every worker that tried it');
    this.deaths = deaths;
  }
}

/** Resolves to undefined when the job is answered already. */
export async function takeJob(job: Job, context: WorkerContext): Promise<Run | undefined> {
  const leave = context.now() < job.deadlineAtMs ? context.gate.tryEnter() : undefined;
  return leave === undefined ? takeInTurn(job, context) : takeAtOnce(job, leave, context);
}

/** The usual case, in one round trip: nobody has to be waited for, and the job comes for the first time. */
async function takeAtOnce(job: Job, leave: () => void, context: WorkerContext): Promise<Run | undefined> {
  const { exchange, now } = context;
  try {
    const takenAtMs = now();
    const markTtlMs = job.deadlineAtMs - takenAtMs + redeliveryMarginMs;
    const beginning = exchange.begin(job.id, markTtlMs);
    const bytes = exchange.fetchUpload(job.id);
    // Whoever reads them hears of it.
    bytes.catch(() => undefined);
    const { answered, isMarked } = await beginning;
    if (isMarked) return runOf(job, 'together', { takenAtMs, markTtlMs, leave, bytes }, context);
    leave();
    return answered ? undefined : await takeInTurn(job, context);
  } catch (error) {
    leave();
    throw error;
  }
}

async function takeInTurn(job: Job, context: WorkerContext): Promise<Run | undefined> {
  const { answered, starts } = await context.exchange.inspect(job.id);
  if (answered) return undefined;
  if (starts.alone >= deathsAloneMax) {
    context.log.error(
      { id: job.id, requestId: job.requestId, starts },
      'set aside: workers died with this job while nothing else ran',
    );
    throw new SetAsideError(starts);
  }
  const mode: RunMode = starts.together + starts.alone > 0 ? 'alone' : 'together';
  if (mode === 'alone') {
    context.log.warn(
      { id: job.id, requestId: job.requestId, starts },
      'redelivered after a death: runs alone',
    );
  }
  const leave = await context.gate.enter(mode);
  try {
    const takenAtMs = context.now();
    if (takenAtMs >= job.deadlineAtMs) throw new ServiceError('deadline_exceeded', 'expired in the queue');
    const markTtlMs = job.deadlineAtMs - takenAtMs + redeliveryMarginMs;
    await context.exchange.markStart(job.id, mode, markTtlMs);
    if (mode === 'alone') context.metrics.redelivered('alone');
    return runOf(job, mode, { takenAtMs, markTtlMs, leave }, context);
  } catch (error) {
    leave();
    throw error;
  }
}

interface Begun extends Pick<Run, 'takenAtMs' | 'leave'> {
  readonly markTtlMs: number;
  readonly bytes?: Promise<Buffer | null>;
}

function runOf(
  { id }: Job,
  mode: RunMode,
  { markTtlMs, bytes, ...run }: Begun,
  { exchange }: WorkerContext,
): Run {
  let held = bytes;
  return {
    ...run,
    takeBytes() {
      const taken = held;
      held = undefined;
      return taken;
    },
    clear: () => exchange.clearStart(id, mode, markTtlMs),
  };
}
