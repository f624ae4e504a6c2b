/**
 * `/v1/predictions`: a picture in, what was found out, now or later. Every state is read from what is stored, so any
 * gateway may be asked about any prediction.
 */
import { predictionOptionsSchema, priorities } from '@shoal/shared/contract';
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
  toJsonSchema,
} from '../json-schema.ts';

const options = (toJsonSchema(predictionOptionsSchema) as { properties: object }).properties;

const preferHeader = {
  type: 'object',
  properties: {
    prefer: { type: 'string', description: '`respond-async`, or `wait=N` in seconds.' },
  },
};
const params = { type: 'object', required: ['id'], properties: { id: { type: 'string', format: 'uuid' } } };

export function predictionRoutes(app: FastifyInstance, context: GatewayContext): void {
  app.post('/v1/predictions', {
    schema: {
      summary: 'Find objects in a picture',
      description:
        'The picture as the part `image` of a form, as the bare body with `?model=`, or as base64 in JSON. ' +
        'In forms and queries `classes` is a list separated by commas. Several parts `image`, or a list in JSON, are ' +
        'a prediction each: then the answer is `{"predictions": […]}`, in order, each with its own result or error.',
      consumes: ['multipart/form-data', 'application/json', 'image/*'],
      headers: {
        type: 'object',
        properties: {
          ...preferHeader.properties,
          'idempotency-key': {
            type: 'string',
            description: 'Requests with the same key, picture, model and options are one prediction.',
          },
        },
      },
      body: {
        type: 'object',
        required: ['image', 'model'],
        properties: {
          image: { type: 'string', format: 'binary' },
          model: { type: 'string', description: 'Name or alias of a model.' },
          ...options,
          priority: { type: 'string', enum: priorities },
          deadlineMs: { type: 'integer', description: 'After this the prediction ends unanswered.' },
          webhook: { type: 'string', format: 'uri', description: 'Where the answer is posted.' },
          webhookSecret: { type: 'string', description: 'What it is signed with: `whsec_…`.' },
        },
      },
      response: { 200: predictedResponse, 202: acceptedResponse, ...errorResponses },
    },
    handler: async (request, reply) => {
      const predicted = await predict(request, reply, predictionForm, context);
      const preference = preferenceOf(request);
      if (predicted.kind !== 'answered' && preference !== '') reply.header('preference-applied', preference);
      return sendPredicted(reply, predicted, (result) => result);
    },
  });

  app.get<{ Params: { id: string } }>('/v1/predictions/:id', {
    schema: {
      summary: 'How a prediction stands, or its answer',
      headers: preferHeader,
      params,
      response: { 200: finalPredictionResponse, 202: openPredictionResponse, ...errorResponses },
    },
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
    schema: {
      summary: 'What becomes of a prediction, as server-sent events',
      description: '`state` whenever it changes, then `result` with the answer, and the stream ends.',
      params,
      produces: ['text/event-stream'],
      response: errorResponses,
    },
    handler: async (request, reply) => followEvents(request.params.id, reply, context),
  });

  app.delete<{ Params: { id: string } }>('/v1/predictions/:id', {
    schema: {
      summary: 'Cancel a prediction',
      description: 'Answers with what stands: canceled, or the answer that came first.',
      params,
      response: { 200: finalPredictionResponse, ...errorResponses },
    },
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
