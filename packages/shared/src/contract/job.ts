/** What travels through a model's queue: small JSON, never the picture's bytes. */
import { z } from 'zod';
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

export const jobSchema = z.object({
  id: z.uuid(),
  model: modelNameSchema,
  options: predictionOptionsSchema,
  mediaType: z.enum(mediaTypes),
  /** Epoch milliseconds. */
  acceptedAtMs: z.int(),
  deadlineAtMs: z.int(),
  /** The gateway whose channel is told when the result is there. */
  gatewayId: z.string(),
  /** Follows the request from the front door into the worker's log. */
  requestId: z.string(),
});
export type Job = z.infer<typeof jobSchema>;
