/**
 * One line a request, when it is over: ids, status, and what the steps left to be told of it. Addresses that programs ask
 * again and again are told at debug level, unless they were answered with an error.
 */
import type { Job, Result } from '@shoal/shared/contract';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import type { GatewayMetrics } from './metrics.ts';

declare module 'fastify' {
  interface FastifyContextConfig {
    /** A program asks this address all the time. */
    isPolled?: boolean;
  }
  interface FastifyRequest {
    /** Further fields of the request's line. */
    told: Readonly<Record<string, unknown>> | undefined;
  }
}

export function logRequests(app: FastifyInstance, metrics: Pick<GatewayMetrics, 'answered'>): void {
  app.decorateRequest('told', undefined);
  app.addHook('onRequest', async (request, reply) => {
    // Fastify's own hook at the end does not run for a caller who has left.
    reply.raw.once('close', () => {
      const status = reply.raw.writableFinished ? reply.statusCode : undefined;
      logRequest(request, reply, status);
      const { url } = request.routeOptions;
      // Only predictions are posted.
      if (request.method === 'POST' && url !== undefined) {
        metrics.answered(url, status, reply.elapsedTime / 1000);
      }
    });
  });
}

/** Without a status when the caller left before the answer. */
function logRequest(request: FastifyRequest, reply: FastifyReply, status: number | undefined): void {
  const isQuiet = request.routeOptions.config.isPolled === true && (status ?? 0) < 400;
  request.log[isQuiet ? 'debug' : 'info'](
    {
      method: request.method,
      path: request.url.split('?')[0],
      ...(status === undefined ? { left: true } : { status }),
      ms: Math.round(reply.elapsedTime),
      ...(request.apiKey !== undefined && { apiKey: request.apiKey }),
      ...request.told,
    },
    'request',
  );
}

/** To be said as soon as the prediction has an id, and again when it has an answer. */
export function tellOf(request: FastifyRequest, { id, model }: Job, result?: Result): void {
  const timings = result?.status === 'succeeded' ? result.timings : undefined;
  request.told = { ...request.told, id, model, ...timings };
}
