/** What shapes the answers of routes, derived from the contract. What describes them to people is `api-description/`. */
import { errorDataSchema, modelStatusSchema, resultSchema, succeededSchema } from '@shoal/shared/contract';
import { z } from 'zod';

export function toJsonSchema(schema: z.ZodType): object {
  const { $schema: _dialect, ...rest } = z.toJSONSchema(schema, { target: 'draft-7', io: 'output' });
  return rest;
}

export const errorBody = z.object({
  id: z.string().optional().describe('Of a prediction that was accepted before it failed.'),
  status: z.enum(['failed', 'canceled', 'expired']).optional().describe('How that prediction ended.'),
  error: errorDataSchema,
});

export const legacyErrorBody = z.object({ success: z.literal(false), error: errorDataSchema });

export const legacyAnswer = z.object({
  success: z.literal(true),
  predictions: z.array(
    z.object({
      category_id: z.string().describe("The class's name."),
      scores: z.array(z.number()).length(1).describe('One number, 0 to 1.'),
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

export const openPrediction = z.object({
  id: z.uuid(),
  status: z.enum(['queued', 'running']),
  place: z.int().min(1).describe('1 for the next of its class.'),
  estimatedMs: z.int().optional().describe('Until it is done; absent while nobody knows.'),
});
export const refusedEntry = z.object({ status: z.literal('failed'), error: errorDataSchema });
const finalEntries = z.object({ predictions: z.array(z.union([resultSchema, refusedEntry])) });
export const entries = z.object({
  predictions: z.array(z.union([openPrediction, resultSchema, refusedEntry])),
});

export const openPredictionResponse = toJsonSchema(openPrediction);
export const predictedResponse = { anyOf: [toJsonSchema(succeededSchema), toJsonSchema(finalEntries)] };
export const acceptedResponse = { anyOf: [openPredictionResponse, toJsonSchema(entries)] };
