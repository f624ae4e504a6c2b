/**
 * What workers tell of their model, and the gateway reads: the record, which outlives them, and each worker's own
 * announcement, which does not.
 */
import { z } from 'zod';
import { aliasSchema, manifestInputSchema, modelDefaultsSchema, modelNameSchema } from './manifest.ts';

export const modelRecordSchema = z.object({
  name: modelNameSchema,
  title: z.string(),
  aliases: z.array(aliasSchema),
  task: z.literal('detection'),
  version: z.string(),
  labels: z.array(z.string()),
  defaults: modelDefaultsSchema,
  input: manifestInputSchema,
});
export type ModelRecord = z.infer<typeof modelRecordSchema>;

export const workerStateSchema = z.enum(['loading', 'ready', 'failed']);
export type WorkerState = z.infer<typeof workerStateSchema>;

export const workerAnnouncementSchema = z.object({
  id: z.string(),
  model: modelNameSchema,
  device: z.string(),
  state: workerStateSchema,
  reason: z.string().optional(),
  version: z.string(),
  /** Digest of the weights: two live workers of one name must agree on it. */
  sha256: z.string(),
  /** Pictures a second when it has all it can do, as far as it has been measured. */
  itemsPerS: z.number().positive().optional(),
});
export type WorkerAnnouncement = z.infer<typeof workerAnnouncementSchema>;

/** A model as `GET /v1/models` shows it. */
export const modelStatusSchema = modelRecordSchema.extend({
  state: z.enum(['loading', 'ready', 'failed', 'away']),
  reason: z.string().optional(),
  workers: z.array(
    z.object({
      id: z.string(),
      device: z.string(),
      state: workerStateSchema,
      reason: z.string().optional(),
    }),
  ),
  queue: z.object({ waiting: z.int(), active: z.int(), oldestMs: z.int() }),
});
export type ModelStatus = z.infer<typeof modelStatusSchema>;
