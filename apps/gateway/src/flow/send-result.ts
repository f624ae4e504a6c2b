/** Step 15: the answer as HTTP, in the form of the old server or in ours. Statuses come from the one table. */
import type { ErrorData, Result, SucceededResult } from '@shoal/shared/contract';
import type { FastifyReply } from 'fastify';
import { httpStatus, retryAfterS } from '../http-status.ts';
import { pathPrefixOf } from '../path-prefix.ts';
import type { OpenState } from './look-up.ts';
import type { ListEntry, Predicted } from './predict.ts';

/** What a route answers with when all went well. */
export type SendResult = (result: SucceededResult) => object;

/** Exactly the keys, in exactly the order, that the clients of the old server read. */
export function toLegacyAnswer(result: SucceededResult): object {
  return {
    success: true,
    predictions: result.detections.map(({ label, score, box }) => ({
      category_id: label,
      scores: [score],
      bbox: [box.x1, box.y1, box.x2, box.y2],
    })),
  };
}

export function sendResult(reply: FastifyReply, result: Result, toAnswer: SendResult): FastifyReply {
  if (result.status === 'succeeded') return reply.code(200).send(toAnswer(result));
  const { id, status, error } = result;
  return sendError(reply, error, { id, status });
}

/** The answer, or where it will be found; for a list of pictures, that of each. */
export function sendPredicted(reply: FastifyReply, predicted: Predicted, toAnswer: SendResult): FastifyReply {
  if (predicted.kind === 'answered') return sendResult(reply, predicted.result, toAnswer);
  if (predicted.kind === 'open') return sendOpen(reply, predicted.state);
  const isOpen = predicted.entries.some(({ kind }) => kind === 'open');
  return reply.code(isOpen ? 202 : 200).send({ predictions: predicted.entries.map(toEntry) });
}

function toEntry(entry: ListEntry): object {
  if (entry.kind === 'answered') return entry.result;
  if (entry.kind === 'open') return entry.state;
  return { status: 'failed', error: entry.error.toData() };
}

/** 202: accepted, and not answered yet. */
export function sendOpen(reply: FastifyReply, state: OpenState): FastifyReply {
  reply.header('location', `${pathPrefixOf(reply.request)}/v1/predictions/${state.id}`);
  reply.header('retry-after', String(pollAfterS(state.estimatedMs)));
  return reply.code(202).send(state);
}

const pollAfterSMax = 30;

function pollAfterS(estimatedMs = 0): number {
  return Math.min(pollAfterSMax, Math.max(1, Math.ceil(estimatedMs / 1000)));
}

/** The body of every error; the old route's is marked as its clients' documentation says. */
export function sendError(
  reply: FastifyReply,
  { code, message }: ErrorData,
  more: { id?: string; status?: string; retryAfterS?: number | undefined } = {},
): FastifyReply {
  const afterS = more.retryAfterS ?? retryAfterS(code);
  if (afterS !== undefined) reply.header('retry-after', String(afterS));
  reply.request.told = { ...reply.request.told, code };
  const isLegacy = reply.request.routeOptions.config.isLegacy === true;
  const ids = {
    ...(more.id !== undefined && { id: more.id }),
    ...(more.status !== undefined && { status: more.status }),
  };
  const body = isLegacy ? { success: false, error: { code, message } } : { ...ids, error: { code, message } };
  return reply.code(httpStatus[code]).send(body);
}
