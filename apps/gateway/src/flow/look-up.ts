/**
 * A prediction that was accepted earlier, by any gateway: how it stands, its answer, or its end on request. All of it comes
 * from what is stored, so that every gateway says the same.
 */
import { ServiceError, canceledResult, type Job, type Result } from '@shoal/shared/contract';
import type { Look } from '@shoal/shared/redis';
import type { GatewayContext } from '../gateway-context.ts';

/** How an open prediction is shown. */
export interface OpenState {
  readonly id: string;
  readonly status: 'queued' | 'running';
  /** 1 for the next of its class. */
  readonly place: number;
  /** Until it is done; absent while nobody knows. */
  readonly estimatedMs?: number;
}

export type Outcome =
  | { readonly kind: 'answered'; readonly result: Result }
  | { readonly kind: 'open'; readonly state: OpenState };

/** What an open prediction is shown by. */
interface Standing extends Pick<Extract<Look, { kind: 'open' }>, 'kind' | 'isRunning' | 'ahead'> {
  readonly open: { readonly job: Pick<Job, 'id' | 'model' | 'priority'> };
}

const idPattern = /^[\da-f]{8}-[\da-f]{4}-[\da-f]{4}-[\da-f]{4}-[\da-f]{12}$/;

/** Throws `prediction_unknown` when nothing is known of it, or not any more. */
export async function lookUp(id: string, context: GatewayContext): Promise<Outcome> {
  return toOutcome(await find(id, context), context);
}

/** As `lookUp`, after at most `waitMs` if there is no answer yet. */
export async function waitFor(
  id: string,
  waitMs: number,
  left: AbortSignal,
  context: GatewayContext,
): Promise<Outcome> {
  const look = await find(id, context);
  if (look.kind === 'answered' || waitMs === 0) return toOutcome(look, context);
  const leave = admitFollower(context);
  const waiter = await asked(() => context.waiters.join(id)).catch((error: unknown) => {
    leave();
    throw error;
  });
  try {
    // The answer may have come before anybody was told to wake us.
    const again = await find(id, context);
    if (again.kind === 'answered') return again;
    const result = await answerWithin(waiter.answer, waitMs, left);
    return result ? { kind: 'answered', result } : await lookUp(id, context);
  } finally {
    waiter.forget();
    leave();
  }
}

/** Ends it if it is open. Resolves to the answer that stands, whoever wrote it. */
export async function cancel(id: string, context: GatewayContext): Promise<Result> {
  const look = await find(id, context);
  if (look.kind === 'answered') return look.result;
  const { job } = look.open;
  const version = context.registry.models.find(({ record }) => record.name === job.model)?.record.version;
  const canceled = canceledResult(id, 'canceled on request');
  return asked(() =>
    context.withdrawals.end(job, canceled, () =>
      context.metrics.failed({ model: job.model, version: version ?? '' }, 'canceled'),
    ),
  );
}

async function find(id: string, { exchange }: GatewayContext): Promise<Look> {
  const look = idPattern.test(id) ? await asked(() => exchange.look(id)) : undefined;
  if (look === undefined) {
    throw new ServiceError('prediction_unknown', 'there is no such prediction, or not any more');
  }
  return look;
}

export function toOutcome(
  look: Extract<Look, { kind: 'answered' }> | Standing,
  { outlook }: Pick<GatewayContext, 'outlook'>,
): Outcome {
  if (look.kind === 'answered') return look;
  const { id, model, priority } = look.open.job;
  const estimatedMs = outlook.estimateMs(model, priority, look.ahead);
  return {
    kind: 'open',
    state: {
      id,
      status: look.isRunning ? 'running' : 'queued',
      place: look.ahead + 1,
      ...(estimatedMs !== undefined && { estimatedMs }),
    },
  };
}

/** Whoever follows a prediction is a request in flight like any other. Returns what is called at its end. */
export function admitFollower({ load, settings }: Pick<GatewayContext, 'load' | 'settings'>): () => void {
  if (load.inFlight >= settings.SHOAL_REQUESTS_MAX) {
    throw new ServiceError('overloaded', 'this gateway has as many requests in flight as it may');
  }
  load.inFlight += 1;
  return () => {
    load.inFlight -= 1;
  };
}

/** What Redis says, or `redis_unavailable`. */
export async function asked<T>(question: () => Promise<T>): Promise<T> {
  try {
    return await question();
  } catch (error) {
    throw new ServiceError('redis_unavailable', 'the queue cannot be reached', { cause: error });
  }
}

async function answerWithin<T>(
  answer: Promise<T>,
  waitMs: number,
  left: AbortSignal,
): Promise<T | undefined> {
  const over = AbortSignal.any([left, AbortSignal.timeout(waitMs)]);
  return Promise.race([
    answer,
    new Promise<undefined>((resolve) => {
      // One that is aborted already says nothing more.
      if (over.aborted) resolve(undefined);
      else over.addEventListener('abort', () => resolve(undefined), { once: true });
    }),
  ]);
}
