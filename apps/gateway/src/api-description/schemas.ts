/**
 * The named schemas of the API's description, derived from the contract: what a client of another language makes types of.
 * Nothing is checked here; the test of the description holds real answers against them.
 */
import {
  canceledSchema,
  detectionSchema,
  errorDataSchema,
  expiredSchema,
  failedSchema,
  modelStatusSchema,
  predictionOptionsSchema,
  resultSchema,
  succeededSchema,
  timingsSchema,
} from '@shoal/shared/contract';
import { z } from 'zod';
import {
  entries,
  errorBody,
  legacyAnswer,
  legacyErrorBody,
  modelList,
  openPrediction,
  refusedEntry,
} from '../json-schema.ts';
import type { JsonSchema } from './openapi.ts';

const named = {
  SucceededPrediction: succeededSchema,
  FailedPrediction: failedSchema,
  CanceledPrediction: canceledSchema,
  ExpiredPrediction: expiredSchema,
  FinalPrediction: resultSchema,
  OpenPrediction: openPrediction,
  PredictionList: entries,
  RefusedPicture: refusedEntry,
  Detection: detectionSchema,
  Box: detectionSchema.shape.box,
  Timings: timingsSchema,
  Model: modelStatusSchema,
  ModelList: modelList,
  Error: errorDataSchema,
  ErrorCode: errorDataSchema.shape.code,
  ErrorBody: errorBody,
  LegacyAnswer: legacyAnswer,
  LegacyError: legacyErrorBody,
  PredictionOptions: predictionOptionsSchema,
} as const satisfies Record<string, z.ZodType>;

/** `status` says which of the four it is. */
const discriminator = {
  propertyName: 'status',
  mapping: Object.fromEntries(
    ['Succeeded', 'Failed', 'Canceled', 'Expired'].map((state) => [
      state.toLowerCase(),
      `#/components/schemas/${state}Prediction`,
    ]),
  ),
};

export function describeSchemas(): Record<string, JsonSchema> {
  const registry = z.registry<{ id: string }>();
  for (const [id, schema] of Object.entries(named)) registry.add(schema, { id });
  const { schemas } = z.toJSONSchema(registry, {
    uri: (id) => `#/components/schemas/${id}`,
    io: 'output',
  });
  const described = Object.fromEntries(
    Object.keys(named).map((name) => [name, plain(schemas[name]) as JsonSchema]),
  );
  return { ...described, FinalPrediction: { ...described['FinalPrediction'], discriminator } };
}

/** Without what says nothing to a reader, and without a ban on fields that a later version may add. */
function plain(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(plain);
  if (typeof value !== 'object' || value === null) return value;
  const isUuid = 'format' in value && value.format === 'uuid';
  return Object.fromEntries(
    Object.entries(value)
      .filter(([key]) => !(key === '$schema' || key === '$id' || (key === 'pattern' && isUuid)))
      .filter(([key, held]) => !(key === 'additionalProperties' && held === false))
      .filter(([, held]) => typeof held !== 'number' || Math.abs(held) !== Number.MAX_SAFE_INTEGER)
      .map(([key, held]) => [key, plain(held)]),
  );
}
