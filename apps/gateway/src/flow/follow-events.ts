/**
 * What becomes of a prediction, as a stream of events. Each is derived from what is stored when it is sent, and none is
 * remembered: a caller that was cut off, by the end of a gateway or otherwise, goes on at any other.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import type { FastifyReply } from 'fastify';
import type { GatewayContext } from '../gateway-context.ts';
import { lookUp, type Outcome } from './look-up.ts';

/** Nobody is woken when a picture moves up in the queue, or is begun. */
const lookIntervalMs = 1_000;
/** What a browser waits before it connects again. */
const reconnectMs = 1_000;

/** Throws `prediction_unknown` before anything is sent. */
export async function followEvents(id: string, reply: FastifyReply, context: GatewayContext): Promise<void> {
  let outcome: Outcome = await lookUp(id, context);
  const waiter = await context.waiters.join(id);
  const woken = waiter.answer.then(() => undefined);
  let told = '';
  try {
    while (reply.sse.isConnected) {
      if (outcome.kind === 'answered') {
        await reply.sse.send({ event: 'result', data: outcome.result });
        return;
      }
      const state = JSON.stringify(outcome.state);
      if (state !== told) await reply.sse.send({ event: 'state', data: outcome.state, retry: reconnectMs });
      told = state;
      // The caller finds another gateway, and loses nothing.
      if (context.load.phase !== 'serving') return;
      await Promise.race([woken, sleep(lookIntervalMs, undefined, { ref: false })]);
      outcome = await lookUp(id, context);
    }
  } finally {
    waiter.forget();
  }
}
