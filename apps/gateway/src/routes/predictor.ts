/** `POST /predictor`: the address, form and answer of the old server, for clients that are not ours to change. */
import type { FastifyInstance } from 'fastify';
import { predict } from '../flow/predict.ts';
import { legacyForm } from '../flow/request-form.ts';
import { sendPredicted, toLegacyAnswer } from '../flow/send-result.ts';
import type { GatewayContext } from '../gateway-context.ts';
import { legacyAnswer, legacyErrorResponses, toJsonSchema } from '../json-schema.ts';

export function predictorRoute(app: FastifyInstance, context: GatewayContext): void {
  app.post('/predictor', {
    config: { isLegacy: true, access: 'predictor' },
    schema: { response: { 200: toJsonSchema(legacyAnswer), ...legacyErrorResponses } },
    handler: async (request, reply) =>
      sendPredicted(reply, await predict(request, reply, legacyForm, context), toLegacyAnswer),
  });
}
