/** `POST /v1/predictions`: a picture in, what was found out. */
import { predictionOptionsSchema } from '@shoal/shared/contract';
import type { FastifyInstance } from 'fastify';
import { predict } from '../flow/predict.ts';
import { predictionForm } from '../flow/request-form.ts';
import { sendResult } from '../flow/send-result.ts';
import type { GatewayContext } from '../gateway-context.ts';
import { errorResponses, predictionResponse, toJsonSchema } from '../json-schema.ts';

const options = (toJsonSchema(predictionOptionsSchema) as { properties: object }).properties;

export function predictionRoutes(app: FastifyInstance, context: GatewayContext): void {
  app.post('/v1/predictions', {
    schema: {
      summary: 'Find objects in a picture',
      description:
        'The picture as the part `image` of a form, as the bare body with `?model=`, or as base64 in JSON. ' +
        'In forms and queries `classes` is a list separated by commas.',
      consumes: ['multipart/form-data', 'application/json', 'image/*'],
      body: {
        type: 'object',
        required: ['image', 'model'],
        properties: {
          image: { type: 'string', format: 'binary' },
          model: { type: 'string', description: 'Name or alias of a model.' },
          ...options,
        },
      },
      response: { 200: predictionResponse, ...errorResponses },
    },
    handler: async (request, reply) =>
      sendResult(reply, await predict(request, reply, predictionForm, context), (result) => result),
  });
}
