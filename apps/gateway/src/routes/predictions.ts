/**
 * `/v1/predictions`: a picture in, what was found out, now or later. Every state is read from what is stored, so any
 * gateway may be asked about any prediction.
 */
import type { FastifyInstance, FastifyRequest } from 'fastify';
import { followEvents } from '../flow/follow-events.ts';
import { cancel, waitFor } from '../flow/look-up.ts';
import { departureOf, predict } from '../flow/predict.ts';
import { readPreferences } from '../flow/read-terms.ts';
import { predictionForm } from '../flow/request-form.ts';
import { sendOpen, sendPredicted } from '../flow/send-result.ts';
import type { GatewayContext } from '../gateway-context.ts';
import {
  acceptedResponse,
  errorResponses,
  finalPredictionResponse,
  openPredictionResponse,
  predictedResponse,
} from '../json-schema.ts';

export function predictionRoutes(app: FastifyInstance, context: GatewayContext): void {
  app.post('/v1/predictions', {
    schema: { response: { 200: predictedResponse, 202: acceptedResponse, ...errorResponses } },
    handler: async (request, reply) => {
      const predicted = await predict(request, reply, predictionForm, context);
      const preference = preferenceOf(request);
      if (predicted.kind !== 'answered' && preference !== '') reply.header('preference-applied', preference);
      return sendPredicted(reply, predicted, (result) => result);
    },
  });

  app.get<{ Params: { id: string } }>('/v1/predictions/:id', {
    schema: { response: { 200: finalPredictionResponse, 202: openPredictionResponse, ...errorResponses } },
    handler: async (request, reply) => {
      const outcome = await waitFor(
        request.params.id,
        waitMsOf(request, context),
        departureOf(reply),
        context,
      );
      return outcome.kind === 'answered' ? reply.send(outcome.result) : sendOpen(reply, outcome.state);
    },
  });

  app.get<{ Params: { id: string } }>('/v1/predictions/:id/events', {
    sse: 'manual',
    schema: { response: errorResponses },
    handler: async (request, reply) => followEvents(request.params.id, reply, context),
  });

  app.delete<{ Params: { id: string } }>('/v1/predictions/:id', {
    schema: { response: { 200: finalPredictionResponse, ...errorResponses } },
    handler: async (request, reply) => reply.send(await cancel(request.params.id, context)),
  });
}

function waitMsOf(request: FastifyRequest, { settings, load }: GatewayContext): number {
  // Whoever polls a gateway that leaves is better off with another one.
  if (load.phase === 'draining') return 0;
  const { waitS = 0 } = readPreferences(request.headers.prefer);
  return Math.min(waitS * 1000, settings.SHOAL_DEADLINE_MS);
}

function preferenceOf(request: FastifyRequest): string {
  const { isAsync, waitS } = readPreferences(request.headers.prefer);
  return [isAsync ? ['respond-async'] : [], waitS === undefined ? [] : [`wait=${waitS}`]].flat().join(', ');
}
