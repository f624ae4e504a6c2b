/** `GET /v1/models`: what is served here, by whom, and how long its queue is. */
import { ServiceError, modelStatusSchema, type ModelStatus } from '@shoal/shared/contract';
import type { ModelSnapshot } from '@shoal/shared/redis';
import type { FastifyInstance } from 'fastify';
import type { GatewayContext } from '../gateway-context.ts';
import { errorResponses, modelList, toJsonSchema } from '../json-schema.ts';
import { stateOf } from '../model-registry.ts';

export function modelRoutes(app: FastifyInstance, context: GatewayContext): void {
  app.get('/v1/models', {
    config: { isPolled: true },
    schema: { response: { 200: toJsonSchema(modelList), ...errorResponses } },
    handler: async () => {
      refuseWithoutRedis(context);
      return { models: await Promise.all(context.registry.models.map((model) => statusOf(model, context))) };
    },
  });

  app.get<{ Params: { name: string } }>('/v1/models/:name', {
    config: { isPolled: true },
    schema: { response: { 200: toJsonSchema(modelStatusSchema), ...errorResponses } },
    handler: async (request) => {
      refuseWithoutRedis(context);
      return statusOf(await context.registry.resolve(request.params.name), context);
    },
  });
}

function refuseWithoutRedis(context: GatewayContext): void {
  const { unusableBecause } = context.redisWatch;
  if (unusableBecause !== undefined) throw new ServiceError('redis_unavailable', unusableBecause);
}

export async function statusOf(model: ModelSnapshot, { queues }: GatewayContext): Promise<ModelStatus> {
  const queue = await queues.depth(model.record.name).catch((error: unknown) => {
    throw new ServiceError('redis_unavailable', 'the queue did not answer', { cause: error });
  });
  const workers = model.workers.map(({ id, device, state, reason }) => ({
    id,
    device,
    state,
    ...(reason === undefined ? {} : { reason }),
  }));
  return { ...model.record, ...stateOf(model), workers, queue };
}
