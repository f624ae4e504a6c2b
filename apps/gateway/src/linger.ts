/**
 * How a connection ends whose request was answered before all of it had come. To close it with the answer is to reset it,
 * and a reset throws away what its caller has not read yet: the answer. So it is kept open, the rest is let in and thrown
 * away, and only then it is closed. Where a connection is kept anyway, nothing is done here.
 */
import type { IncomingMessage } from 'node:http';
import type { FastifyInstance, FastifyReply } from 'fastify';

/** `withinMs` is asked each time, by the status of the answer: who takes longer loses the connection after all. */
export function lingerBeforeClosing(app: FastifyInstance, withinMs: (status: number) => number): void {
  app.addHook('onSend', async (request, reply) => {
    if (request.raw.complete || keepsConnection(reply)) return;
    const isWanted = reply.raw.shouldKeepAlive;
    // The server would close it with the answer's last byte, were anything else said here.
    reply.header('connection', 'keep-alive');
    reply.raw.once('finish', () => discardRest(request.raw, withinMs(reply.statusCode), isWanted));
  });
}

const keepsConnection = (reply: FastifyReply): boolean =>
  reply.raw.shouldKeepAlive && reply.getHeader('connection') !== 'close';

/** Whoever wanted to close the connection gets that when the request is over. */
function discardRest(body: IncomingMessage, withinMs: number, isWanted: boolean): void {
  const { socket } = body;
  const timer = setTimeout(() => socket.destroy(), withinMs);
  body.once('close', () => clearTimeout(timer));
  body.once('end', () => {
    clearTimeout(timer);
    if (!isWanted) socket.end();
  });
  // Whoever was reading it has stopped.
  body.unpipe();
  body.resume();
}
