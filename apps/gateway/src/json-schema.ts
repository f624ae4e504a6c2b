/** Response schemas for Fastify and the API description, derived from the contract. */
import { errorDataSchema, modelStatusSchema, succeededSchema } from '@shoal/shared/contract';
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
export const predictionResponse = toJsonSchema(succeededSchema);
