/**
 * The one answer that every accepted picture gets: what `result:<id>` holds and what `/v1/predictions` answers with.
 * It is written once; whoever is first decides.
 */
import { z } from 'zod';
import { errorDataSchema, type ErrorCode } from './errors.ts';

export const detectionSchema = z.object({
  label: z.string(),
  classId: z.int(),
  score: z.number(),
  /** Pixels of the upright (EXIF-oriented) picture. */
  box: z.object({ x1: z.number(), y1: z.number(), x2: z.number(), y2: z.number() }),
});
export type LabeledDetection = z.infer<typeof detectionSchema>;

export const timingsSchema = z.object({
  queueMs: z.number(),
  decodeMs: z.number(),
  batchMs: z.number(),
  inferMs: z.number(),
  unpackMs: z.number(),
  totalMs: z.number(),
});
export type Timings = z.infer<typeof timingsSchema>;

export const succeededSchema = z.object({
  id: z.uuid(),
  status: z.literal('succeeded'),
  task: z.literal('detection'),
  model: z.object({ name: z.string(), version: z.string() }),
  device: z.string(),
  image: z.object({ width: z.int(), height: z.int() }),
  detections: z.array(detectionSchema),
  timings: timingsSchema,
});
export type SucceededResult = z.infer<typeof succeededSchema>;

const unsuccessful = { id: z.uuid(), error: errorDataSchema };
export const failedSchema = z.object({ ...unsuccessful, status: z.literal('failed') });
export const canceledSchema = z.object({ ...unsuccessful, status: z.literal('canceled') });
export const expiredSchema = z.object({ ...unsuccessful, status: z.literal('expired') });

export const resultSchema = z.discriminatedUnion('status', [
  succeededSchema,
  failedSchema,
  canceledSchema,
  expiredSchema,
]);
export type Result = z.infer<typeof resultSchema>;

export function failedResult(id: string, code: ErrorCode, message: string): Result {
  return { id, status: 'failed', error: { code, message } };
}

export function canceledResult(id: string, message: string): Result {
  return { id, status: 'canceled', error: { code: 'canceled', message } };
}

export function expiredResult(id: string): Result {
  return {
    id,
    status: 'expired',
    error: { code: 'deadline_exceeded', message: 'the deadline passed before the picture was processed' },
  };
}
