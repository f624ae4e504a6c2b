/** What is known of a picture that workers died with, as it is kept for the operator. */
import { z } from 'zod';
import { jobSchema, type Job } from './job.ts';

const suspectSchema = jobSchema.pick({
  id: true,
  model: true,
  priority: true,
  options: true,
  mediaType: true,
  acceptedAtMs: true,
  requestId: true,
});
type Suspect = z.infer<typeof suspectSchema>;

/** What is kept of its job. */
export function suspectOf(job: Job): Suspect {
  const { id, model, priority, options, mediaType, acceptedAtMs, requestId } = job;
  return { id, model, priority, options, mediaType, acceptedAtMs, requestId };
}

export const quarantinedSchema = suspectSchema.extend({
  /** Epoch milliseconds. */
  setAsideAtMs: z.int(),
  /** Given up at its last death, or ended by deadline or caller before that. */
  answeredAs: z.enum(['failed', 'expired', 'canceled']),
  /** Runs that did not end in order: with other pictures in flight, and alone. */
  deaths: z.object({ together: z.int(), alone: z.int() }),
  /** The worker that gave it up without another try, and what the model was by then. */
  givenUpBy: z.object({ workerId: z.string(), device: z.string(), version: z.string() }).optional(),
});
export type Quarantined = z.infer<typeof quarantinedSchema>;
