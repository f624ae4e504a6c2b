/** `GET /metrics`: for Prometheus, on the gateway's own port. The front door does not lead here. */
import { ServiceError } from '@shoal/shared/contract';
import type { FastifyInstance } from 'fastify';
import type { GatewayContext } from '../gateway-context.ts';

export function metricsRoute(app: FastifyInstance, { metrics }: GatewayContext): void {
  app.get('/metrics', {
    config: { isPolled: true, access: 'open' },
    handler: async (request, reply) => {
      // A proxy that lets everything through must not tell strangers what is going on here.
      if (request.headers['x-forwarded-for'] !== undefined) {
        throw new ServiceError('route_unknown', `there is nothing at ${request.url}`);
      }
      return reply.type(metrics.contentType).send(await metrics.render());
    },
  });
}
