/**
 * What workers tell of their model, and the gateway reads: the record, which outlives them, and each worker's own
 * announcement, which does not.
 */
import { z } from 'zod';
import { aliasSchema, manifestInputSchema, modelDefaultsSchema, modelNameSchema } from './manifest.ts';

/** In the order of `modelDefaultsSchema`. */
export const fixedOptionSchema = z.enum(['minScore', 'iou', 'maxDetections', 'classAgnostic']);
export type FixedOption = z.infer<typeof fixedOptionSchema>;

export const modelRecordSchema = z.object({
  name: modelNameSchema,
  title: z.string().describe('For people.'),
  aliases: z.array(aliasSchema).describe('Further names that requests may use.'),
  task: z.literal('detection'),
  version: z.string().describe("The manifest's, or the first digits of the model file's SHA-256."),
  labels: z.array(z.string()).describe('Names of the classes by their index.'),
  defaults: modelDefaultsSchema.describe('What holds where a request does not say.'),
  input: manifestInputSchema.describe('How pictures are fitted, as far as the manifest says.'),
  fixedOptions: z
    .array(fixedOptionSchema)
    .optional()
    .describe(
      "Options that the model's file has settled inside: asking for them changes nothing, or only makes them stricter.",
    ),
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
  state: z
    .enum(['loading', 'ready', 'failed', 'away'])
    .describe('`away`: the model is known, and no worker serves it at present.'),
  reason: z.string().optional().describe('Why it failed, or what its workers disagree about.'),
  workers: z.array(
    z.object({
      id: z.string(),
      device: z.string(),
      state: workerStateSchema,
      reason: z.string().optional().describe('Why it failed.'),
    }),
  ),
  queue: z.object({
    waiting: z.int().describe('Pictures that no worker has taken.'),
    active: z.int().describe('Pictures that workers are at.'),
    oldestMs: z.int().describe('For how long the first of those that wait has waited.'),
  }),
});
export type ModelStatus = z.infer<typeof modelStatusSchema>;
