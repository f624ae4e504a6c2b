/**
 * The gateway's story of one prediction, step by step; the worker's half is told in the runtime's `process-job`. Taking it
 * in is told in `accept`; this is the rest: waiting for the answer, or for as long as the caller cares to. A list of
 * pictures is the same story for each. While a caller waits, this process holds a ticket and a socket, and no bytes.
 */
import type { ServiceError } from '@shoal/shared/contract';
import type { FastifyReply, FastifyRequest } from 'fastify';
import type { GatewayContext } from '../gateway-context.ts';
import { tellOf } from '../request-log.ts';
import { accept, refuseAtOnce } from './accept.ts';
import { awaitResult } from './await-result.ts';
import { lookUp, toOutcome, type Outcome } from './look-up.ts';
import type { Terms } from './read-terms.ts';
import type { RequestForm } from './request-form.ts';
import type { Ticket } from './submit.ts';

/** What a request is answered with: one outcome, or for a list one for each picture, in order. */
export type Predicted = Outcome | { readonly kind: 'list'; readonly entries: readonly ListEntry[] };

/** Of one picture of a list: how it stands, or why it was not taken. */
export type ListEntry = Outcome | { readonly kind: 'refused'; readonly error: ServiceError };

export async function predict(
  request: FastifyRequest,
  reply: FastifyReply,
  form: RequestForm,
  context: GatewayContext,
): Promise<Predicted> {
  refuseAtOnce(context);
  context.load.inFlight += 1;
  try {
    const left = departureOf(reply);
    const { tickets, isList, terms } = await accept(request, form, context);
    const [only] = tickets;
    if (isList || only === undefined) {
      return { kind: 'list', entries: await awaitAll(tickets, terms, left, context) };
    }
    if (only instanceof Error) throw only;
    tellOfOne(only, request, reply);
    if (only.kind === 'answered') return only;
    const outcome = await awaitOne(only, terms, left, context);
    if (outcome.kind === 'answered') tellOf(request, only.job, outcome.result);
    return outcome;
  } finally {
    context.load.inFlight -= 1;
  }
}

async function awaitOne(
  ticket: Ticket,
  terms: Terms,
  left: AbortSignal,
  context: GatewayContext,
): Promise<Outcome> {
  if (ticket.kind === 'answered') return ticket;
  const accepted = () => toOutcome({ ...ticket, open: ticket, isRunning: false }, context);
  if (terms.waitMs === 0 && !ticket.isReplay) {
    ticket.forget();
    return accepted();
  }
  const result = await awaitResult(ticket, terms.waitMs, left, context);
  if (result !== undefined) return { kind: 'answered', result };
  // It is accepted, and its caller must be told so, whatever becomes of the question how it stands.
  return lookUp(ticket.job.id, context).catch(accepted);
}

async function awaitAll(
  tickets: readonly (Ticket | ServiceError)[],
  terms: Terms,
  left: AbortSignal,
  context: GatewayContext,
): Promise<ListEntry[]> {
  return Promise.all(
    tickets.map(async (ticket): Promise<ListEntry> =>
      ticket instanceof Error ? { kind: 'refused', error: ticket } : awaitOne(ticket, terms, left, context),
    ),
  );
}

function tellOfOne(ticket: Ticket, request: FastifyRequest, reply: FastifyReply): void {
  const id = ticket.kind === 'answered' ? ticket.result.id : ticket.job.id;
  reply.header('x-prediction-id', id);
  if (ticket.kind === 'answered' || ticket.isReplay) reply.header('idempotent-replayed', 'true');
  if (ticket.kind === 'open') tellOf(request, ticket.job);
  else request.told = { ...request.told, id };
}

/** Aborted when the connection closes before the answer was sent. */
export function departureOf(reply: FastifyReply): AbortSignal {
  const controller = new AbortController();
  reply.raw.once('close', () => {
    if (!reply.raw.writableFinished) controller.abort();
  });
  return controller.signal;
}
