/** Is this process alive, and can it take requests? A model that is away is no reason to say no. */
import { ServiceError } from '@shoal/shared/contract';
import type { FastifyInstance } from 'fastify';
import type { GatewayContext } from '../gateway-context.ts';
import { errorResponses } from '../json-schema.ts';

const ok = { type: 'object', properties: { status: { type: 'string', const: 'ok' } }, required: ['status'] };

export function healthRoutes(app: FastifyInstance, context: GatewayContext): void {
  app.get('/livez', {
    config: { isPolled: true, access: 'open' },
    schema: { response: { 200: ok } },
    handler: async () => ({ status: 'ok' }),
  });

  app.get('/readyz', {
    config: { isPolled: true, access: 'open' },
    schema: { response: { 200: ok, ...errorResponses } },
    handler: async () => {
      if (context.load.phase !== 'serving')
        throw new ServiceError('shutting_down', 'this gateway is shutting down');
      const { unusableBecause } = context.redisWatch;
      if (unusableBecause !== undefined) throw new ServiceError('redis_unavailable', unusableBecause);
      return { status: 'ok' };
    },
  });
}
