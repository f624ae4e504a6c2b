/** Response schemas for Fastify and the API description, derived from the contract. */
import { errorDataSchema, modelStatusSchema, resultSchema, succeededSchema } from '@shoal/shared/contract';
import { z } from 'zod';

export function toJsonSchema(schema: z.ZodType): object {
  const { $schema: _dialect, ...rest } = z.toJSONSchema(schema, { target: 'draft-7', io: 'output' });
  return rest;
}

export const errorBody = z.object({
  id: z.string().optional(),
  status: z.string().optional(),
  error: errorDataSchema,
});

export const legacyErrorBody = z.object({ success: z.literal(false), error: errorDataSchema });

export const legacyAnswer = z.object({
  success: z.literal(true),
  predictions: z.array(
    z.object({
      category_id: z.string().describe("The class's name."),
      scores: z.array(z.number()).length(1),
      bbox: z.array(z.number()).length(4).describe('x1, y1, x2, y2 in pixels of the uploaded picture.'),
    }),
  ),
});

export const modelList = z.object({ models: z.array(modelStatusSchema) });

export const errorResponses = { '4xx': toJsonSchema(errorBody), '5xx': toJsonSchema(errorBody) };
export const legacyErrorResponses = {
  '4xx': toJsonSchema(legacyErrorBody),
  '5xx': toJsonSchema(legacyErrorBody),
};
export const finalPredictionResponse = toJsonSchema(resultSchema);

const openPrediction = z.object({
  id: z.uuid(),
  status: z.enum(['queued', 'running']),
  place: z.int().min(1).describe('1 for the next of its class.'),
  estimatedMs: z.int().optional().describe('Until it is done; absent while nobody knows.'),
});
const refusedEntry = z.object({ status: z.literal('failed'), error: errorDataSchema });
const finalEntries = z.object({ predictions: z.array(z.union([resultSchema, refusedEntry])) });
const entries = z.object({ predictions: z.array(z.union([openPrediction, resultSchema, refusedEntry])) });

export const openPredictionResponse = toJsonSchema(openPrediction);
export const predictedResponse = { anyOf: [toJsonSchema(succeededSchema), toJsonSchema(finalEntries)] };
export const acceptedResponse = { anyOf: [openPredictionResponse, toJsonSchema(entries)] };
