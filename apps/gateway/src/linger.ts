/**
 * How a connection ends whose request was answered before all of it had come. To close it then is to reset it, and a reset
 * throws away what its caller has not read yet: the answer. So the rest is let in first, and thrown away. Where the
 * connection is kept, the server does that by itself, after the answer.
 */
import type { IncomingMessage } from 'node:http';
import type { FastifyInstance, FastifyReply } from 'fastify';

/** `withinMs` is asked each time: who takes longer loses the connection after all. */
export function lingerBeforeClosing(app: FastifyInstance, withinMs: () => number): void {
  app.addHook('onSend', async (request, reply) => {
    // Who was too slow already is waited for no longer.
    if (request.raw.complete || reply.statusCode === 408 || keepsConnection(reply)) return;
    await restOf(request.raw, withinMs());
  });
}

const keepsConnection = (reply: FastifyReply): boolean =>
  reply.raw.shouldKeepAlive && reply.getHeader('connection') !== 'close';

function restOf(body: IncomingMessage, withinMs: number): Promise<void> {
  return new Promise((resolve) => {
    const timer = setTimeout(resolve, withinMs);
    const end = (): void => {
      clearTimeout(timer);
      resolve();
    };
    body.once('end', end).once('close', end).once('error', end);
    // Whoever was reading it has stopped.
    body.unpipe();
    body.resume();
  });
}
