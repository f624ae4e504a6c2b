/** What travels through a model's queue: small JSON, never the picture's bytes. */
import { z } from 'zod';
import { waitedResultTtlMs } from './limits.ts';
import { modelNameSchema } from './manifest.ts';
import { predictionOptionsSchema } from './options.ts';

/** Picture formats that are accepted, by the bytes and not by what the client says. */
export const mediaTypes = [
  'image/jpeg',
  'image/png',
  'image/webp',
  'image/tiff',
  'image/avif',
  'image/gif',
] as const;
export type MediaType = (typeof mediaTypes)[number];

/** Classes of urgency, the most urgent first. Each has a queue of its own, so that none can starve another. */
export const priorities = ['high', 'normal', 'low'] as const;
export const prioritySchema = z.enum(priorities);
export type Priority = z.infer<typeof prioritySchema>;

export const jobSchema = z.object({
  id: z.uuid(),
  model: modelNameSchema,
  priority: prioritySchema.default('normal'),
  options: predictionOptionsSchema,
  mediaType: z.enum(mediaTypes),
  /** Epoch milliseconds. */
  acceptedAtMs: z.int(),
  deadlineAtMs: z.int(),
  /** The gateway whose channel is told when the result is there. */
  gatewayId: z.string(),
  /** Follows the request from the front door into the worker's log. */
  requestId: z.string(),
  /** For how long the answer is kept, in milliseconds. */
  keepMs: z.int().min(1).default(waitedResultTtlMs),
  /** Digest that stands for the caller's Idempotency-Key: the claim that an answer may have to release. */
  claim: z
    .string()
    .regex(/^[\da-f]{64}$/)
    .optional(),
});
export type Job = z.infer<typeof jobSchema>;

/** Where the answer is to be posted when it is written. */
export const webhookSchema = z.object({ url: z.string(), secret: z.string() });
export type Webhook = z.infer<typeof webhookSchema>;

/** An accepted prediction that has no answer yet: what a row of the ledger holds. */
export const openPredictionSchema = z.object({ job: jobSchema, webhook: webhookSchema.optional() });
export type OpenPrediction = z.infer<typeof openPredictionSchema>;

/** A webhook that is due: its prediction has an answer, and the receiver has not. */
export const webhookRowSchema = webhookSchema.extend({
  requestId: z.string(),
  model: modelNameSchema,
  writtenAtMs: z.int(),
});
export type WebhookRow = z.infer<typeof webhookRowSchema>;
