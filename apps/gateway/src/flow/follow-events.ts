/**
 * What becomes of a prediction, as a stream of events. Each is derived from what is stored when it is sent, and none is
 * remembered: a caller that was cut off, by the end of a gateway or otherwise, goes on at any other.
 */
import type { FastifyReply } from 'fastify';
import type { GatewayContext } from '../gateway-context.ts';
import { admitFollower, asked, lookUp, type Outcome } from './look-up.ts';

/** Nobody is woken when a picture moves up in the queue, or is begun. */
const lookIntervalMs = 1_000;
/** What a browser waits before it connects again. */
const reconnectMs = 1_000;

/** Throws `prediction_unknown`, `overloaded` or `redis_unavailable` before anything is sent. */
export async function followEvents(id: string, reply: FastifyReply, context: GatewayContext): Promise<void> {
  const leave = admitFollower(context);
  try {
    const outcome = await lookUp(id, context);
    const waiter = await asked(() => context.waiters.join(id));
    const bell = new Bell();
    void waiter.answer.then(() => bell.ring());
    await tell(outcome, id, bell, reply, context).finally(() => waiter.forget());
  } catch (error) {
    // Once there are events there is no status any more: the stream ends, and its caller asks again.
    if (!reply.raw.headersSent) throw error;
    context.log.debug({ err: error, id }, 'a stream of events ended early');
  } finally {
    leave();
  }
}

async function tell(
  first: Outcome,
  id: string,
  bell: Bell,
  reply: FastifyReply,
  context: GatewayContext,
): Promise<void> {
  let told = '';
  for (let outcome = first; reply.sse.isConnected; outcome = await lookUp(id, context)) {
    if (outcome.kind === 'answered') {
      await reply.sse.send({ event: 'result', data: outcome.result });
      return;
    }
    const state = JSON.stringify(outcome.state);
    if (state !== told) await reply.sse.send({ event: 'state', data: outcome.state, retry: reconnectMs });
    told = state;
    // The caller finds another gateway, and loses nothing.
    if (context.load.phase !== 'serving') return;
    await bell.heardWithin(lookIntervalMs);
  }
}

/** Wakes the one who listens, now or when it listens next. */
class Bell {
  #hasRung = false;
  #wake: () => void = () => undefined;

  ring(): void {
    this.#hasRung = true;
    this.#wake();
  }

  async heardWithin(ms: number): Promise<void> {
    if (this.#hasRung) return;
    await new Promise<void>((resolve) => {
      const timer = setTimeout(resolve, ms);
      this.#wake = () => {
        clearTimeout(timer);
        resolve();
      };
    });
  }
}
