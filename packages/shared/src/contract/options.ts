/** What a caller may ask of one prediction. Absent means the model's default. */
import { z } from 'zod';

export const predictionOptionsSchema = z.strictObject({
  minScore: z.number().min(0).max(1).optional(),
  iou: z.number().min(0).max(1).optional(),
  maxDetections: z.int().min(1).max(10_000).optional(),
  /** Class names; others are left out of the answer. */
  classes: z.array(z.string().min(1).max(200)).min(1).max(1_000).optional(),
});
export type PredictionOptions = z.infer<typeof predictionOptionsSchema>;
