/** The detections of one picture as the answer that is stored, with what each step took. */
import type { Job, SucceededResult } from '@shoal/shared/contract';
import type { Batched } from '../batcher.ts';
import type { InferenceOutput, WorkerContext } from './context.ts';
import type { DecodedImage } from './decode-image.ts';
import { labelOf } from './label-of.ts';
import type { Run } from './take-job.ts';

export function toResult(
  job: Job,
  run: Pick<Run, 'takenAtMs'>,
  image: Pick<DecodedImage, 'width' | 'height' | 'isTruncated'>,
  decodeMs: number,
  inferred: Batched<InferenceOutput>,
  context: Pick<WorkerContext, 'record' | 'device' | 'now'>,
): SucceededResult {
  const { detections, inferMs, unpackMs } = inferred.output;
  return {
    id: job.id,
    status: 'succeeded',
    task: context.record.task,
    model: { name: context.record.name, version: context.record.version },
    device: context.device,
    image: { width: image.width, height: image.height },
    ...(image.isTruncated && { warnings: [truncated] }),
    detections: detections.map(({ classId, score, box: { x1, y1, x2, y2 } }) => ({
      label: labelOf(classId, context.record.labels),
      classId,
      score: round(score, 6),
      box: { x1: round(x1, 4), y1: round(y1, 4), x2: round(x2, 4), y2: round(y2, 4) },
    })),
    timings: {
      // Two machines' clocks may disagree by more than the wait.
      queueMs: Math.max(0, run.takenAtMs - job.acceptedAtMs),
      decodeMs: round(decodeMs, 2),
      batchMs: round(inferred.batchMs, 2),
      inferMs: round(inferMs, 2),
      unpackMs: round(unpackMs, 2),
      totalMs: Math.max(0, context.now() - job.acceptedAtMs),
    },
  };
}

const truncated = {
  code: 'image_truncated',
  message: 'the file ends too early: what it lacks of the picture was not looked at',
} as const;

function round(value: number, digits: number): number {
  const scale = 10 ** digits;
  return Math.round(value * scale) / scale;
}
