/**
 * What is for the installation's own programs and not for clients: the front door does not lead here, and nobody is asked
 * for a key. So it tells no more than `/metrics` does, which is as open.
 */
import { ServiceError } from '@shoal/shared/contract';
import type { FastifyInstance, FastifyRequest } from 'fastify';
import type { GatewayContext } from '../gateway-context.ts';
import { traefikConfiguration } from '../traefik-configuration.ts';
import { statusOf } from './models.ts';

/** A proxy that lets everything through must not tell strangers what is going on here. */
function refuseFromOutside({ headers, url }: FastifyRequest): void {
  if (headers['x-forwarded-for'] === undefined) return;
  throw new ServiceError('route_unknown', `there is nothing at ${url}`);
}

export function internalRoutes(app: FastifyInstance, context: GatewayContext): void {
  const route = { config: { isPolled: true, access: 'open' } } as const;

  app.get('/internal/traefik', {
    ...route,
    handler: async (request) => {
      refuseFromOutside(request);
      const urls = await context.gateways.urls();
      if (urls.length > 0) return traefikConfiguration(urls);
      throw new ServiceError(
        'redis_unavailable',
        'no gateway has announced itself: SHOAL_GATEWAY_URL says how',
      );
    },
  });

  // For what starts and scales workers.
  app.get('/internal/models', {
    ...route,
    handler: async (request) => {
      refuseFromOutside(request);
      return { models: await Promise.all(context.registry.models.map((model) => loadOf(model, context))) };
    },
  });

  app.get<{ Params: { name: string } }>('/internal/models/:name', {
    ...route,
    handler: async (request) => {
      refuseFromOutside(request);
      return loadOf(await context.registry.resolve(request.params.name), context);
    },
  });
}

async function loadOf(...args: Parameters<typeof statusOf>): Promise<object> {
  const { name, state, workers, queue } = await statusOf(...args);
  return { name, state, workers: workers.map(({ device, state: of }) => ({ device, state: of })), queue };
}
