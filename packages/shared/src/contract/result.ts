/**
 * The one answer that every accepted picture gets: what `result:<id>` holds and what `/v1/predictions` answers with.
 * It is written once; whoever is first decides.
 */
import { z } from 'zod';
import { errorDataSchema, type ErrorCode } from './errors.ts';

export const detectionSchema = z.object({
  label: z.string().describe('Name of the class; `class_7` where the model has no name for it.'),
  classId: z.int().describe("Index of the class in the model's labels."),
  score: z.number().describe('0 to 1.'),
  box: z
    .object({ x1: z.number(), y1: z.number(), x2: z.number(), y2: z.number() })
    .describe(
      'Corners in pixels of the upright (EXIF-oriented) picture, the origin at its upper left corner.',
    ),
});
export type LabeledDetection = z.infer<typeof detectionSchema>;

export const timingsSchema = z.object({
  queueMs: z.number().describe('From acceptance until a worker took it.'),
  decodeMs: z.number().describe('Bytes to pixels at the size of the model.'),
  batchMs: z.number().describe('Waiting for the engine to be free.'),
  inferMs: z.number().describe('The model, on the whole batch that the picture was in.'),
  unpackMs: z.number().describe('Tensors to detections, of the whole batch.'),
  totalMs: z.number().describe('From acceptance to the answer in the worker.'),
});
export type Timings = z.infer<typeof timingsSchema>;

export const succeededSchema = z.object({
  id: z.uuid(),
  status: z.literal('succeeded'),
  task: z.literal('detection'),
  model: z.object({
    name: z.string(),
    version: z.string().describe("The manifest's, or the first digits of the model file's SHA-256."),
  }),
  device: z.string().describe('What computed it, as `cpu` or `cuda:0`.'),
  image: z
    .object({ width: z.int(), height: z.int() })
    .describe('Pixels of the upright (EXIF-oriented) picture.'),
  warnings: z
    .array(z.object({ code: z.enum(['image_truncated']), message: z.string() }))
    .optional()
    .describe('What should be known of this answer; absent where there is nothing to say.'),
  detections: z.array(detectionSchema).describe('Best score first. Nothing found is an empty list.'),
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
