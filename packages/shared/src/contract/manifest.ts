/**
 * The manifest of a model folder (`model.yaml`): what a person writes about a model. What the ONNX file fixes itself
 * is not repeated here. This file only says what is well-formed; reading folders is the worker's business.
 */
import { z } from 'zod';

/** Model names travel in URLs, Redis keys and process titles. */
export const modelNameSchema = z
  .string()
  .regex(/^[a-z0-9][a-z0-9._-]{0,63}$/, 'lower-case letters, digits, dot, dash and underscore, at most 64');

/** Aliases are what old clients send as `model_type`; they are looked up, never used as a key of their own. */
export const aliasSchema = z.string().regex(/^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$/);

const pixels = z.int().min(1).max(16_384);

export const sizeRuleSchema = z.strictObject({
  width: pixels,
  height: pixels,
  /** This size is for pictures higher than this many pixels; the last rule of a list has none. */
  aboveHeight: pixels.optional(),
});

export const scaleSchema = z.strictObject({ shortEdge: pixels, longEdgeMax: pixels });

export const manifestInputSchema = z.strictObject({
  fit: z.enum(['letterbox', 'letterbox-min', 'shortest-edge']).optional(),
  width: pixels.optional(),
  height: pixels.optional(),
  stride: z.int().min(1).max(256).optional(),
  sizes: z
    .array(sizeRuleSchema)
    .min(1)
    .refine((rules) => rules.at(-1)?.aboveHeight === undefined, 'the last size must be without aboveHeight')
    .optional(),
  shortEdge: pixels.optional(),
  longEdgeMax: pixels.optional(),
  scales: z.array(scaleSchema).min(1).max(8).optional(),
  channels: z.enum(['rgb', 'bgr']).optional(),
});

export const modelDefaultsSchema = z.strictObject({
  minScore: z.number().min(0).max(1).default(0.25),
  iou: z.number().min(0).max(1).default(0.45),
  maxDetections: z.int().min(1).max(10_000).default(300),
  classAgnostic: z.boolean().default(false),
});
export type ModelDefaults = z.infer<typeof modelDefaultsSchema>;

const hexDigits = (count: number): z.ZodString =>
  z.string().regex(new RegExp(`^[0-9a-f]{${count}}$`), `${count} hex digits`);

const webAddress = z.url({ protocol: /^https?$/, error: 'an http:// or https:// address' });

/**
 * Where the weights are fetched and what lies there, for `shoal models pull`. The digests and the size are those of the
 * file at `url`; the manifest's own `sha256` is that of the ONNX file that is served. Whoever serves the folder takes
 * no notice of any of it.
 */
export const weightsSchema = z.strictObject({
  url: webAddress,
  format: z.enum(['onnx', 'yolov5', 'ultralytics', 'detectron2']),
  /** How many classes the head tells apart; a checkpoint with another number is not the one that was meant. */
  classes: z.int().min(1).max(100_000).optional(),
  config: webAddress.optional(),
  bytes: z.int().min(1).optional(),
  sha256: hexDigits(64).optional(),
  md5: hexDigits(32).optional(),
});
export type Weights = z.infer<typeof weightsSchema>;

export const manifestSchema = z.strictObject({
  name: modelNameSchema,
  title: z.string().max(200).optional(),
  aliases: z.array(aliasSchema).max(16).default([]),
  adapter: z.string().regex(/^[a-z0-9-]{1,32}$/),
  file: z.string().default('model.onnx'),
  sha256: hexDigits(64).optional(),
  license: z.string().optional(),
  source: z.string().optional(),
  weights: weightsSchema.optional(),
  /** A file in the folder with one name a line, or the names themselves. */
  labels: z.union([z.string(), z.array(z.string().min(1)).min(1)]).optional(),
  input: manifestInputSchema.default({}),
  defaults: modelDefaultsSchema.prefault({}),
  maxBatch: z.int().min(1).max(256).optional(),
  version: z.string().min(1).max(64).optional(),
});
/** `labels` here may still be a file name; the folder reader replaces it by the list. */
export type Manifest = z.infer<typeof manifestSchema>;
