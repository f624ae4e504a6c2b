/** What a caller may ask of one prediction. Absent means the model's default. */
import { z } from 'zod';

export const predictionOptionsSchema = z.strictObject({
  minScore: z.number().min(0).max(1).optional().describe('Detections below this score are left out.'),
  iou: z
    .number()
    .min(0)
    .max(1)
    .optional()
    .describe(
      'Of two boxes that overlap by more than this, the better one stays. Models whose file suppresses by itself take no ' +
        'notice of it.',
    ),
  maxDetections: z.int().min(1).max(10_000).optional().describe('No more than this many, the best ones.'),
  classes: z
    .array(z.string().min(1).max(200))
    .min(1)
    .max(1_000)
    .optional()
    .describe('Only these classes, by name.'),
  allowTruncated: z
    .boolean()
    .optional()
    .describe('Take a JPEG that ends too early as far as it goes, and say so in `warnings` of the answer.'),
});
export type PredictionOptions = z.infer<typeof predictionOptionsSchema>;
