/** What is for the installation's own programs and not for clients: the front door does not lead here. */
import { ServiceError } from '@shoal/shared/contract';
import type { FastifyInstance } from 'fastify';
import type { GatewayContext } from '../gateway-context.ts';
import { traefikConfiguration } from '../traefik-configuration.ts';

export function internalRoutes(app: FastifyInstance, context: GatewayContext): void {
  app.get('/internal/traefik', {
    config: { isPolled: true },
    schema: { hide: true },
    handler: async (request) => {
      // A proxy that lets everything through must not tell strangers where the gateways are.
      if (request.headers['x-forwarded-for'] !== undefined) {
        throw new ServiceError('route_unknown', `there is nothing at ${request.url}`);
      }
      const urls = await context.gateways.urls();
      if (urls.length > 0) return traefikConfiguration(urls);
      throw new ServiceError(
        'redis_unavailable',
        'no gateway has announced itself: SHOAL_GATEWAY_URL says how',
      );
    },
  });
}
