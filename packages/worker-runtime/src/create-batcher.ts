/**
 * Ties the batcher to the engine: how many batches are computed at once, and when a picture has the machine for itself. It
 * decides by what the machine's other workers say and by what this one has in flight; who computes how is the engine's.
 */
import { ServiceError } from '@shoal/shared/contract';
import { Batcher } from './batcher.ts';
import { readAllowance } from './device/allowance.ts';
import type { MachineShare } from './device/machine-share.ts';
import type { InferenceItem, InferenceOutput } from './flow/context.ts';
import type { Engine } from './inference/engine.ts';
import type { WorkerMetrics } from './metrics.ts';
import type { Pace } from './pace.ts';

export interface BatcherParts {
  readonly metrics: WorkerMetrics;
  readonly pace: Pace;
  readonly share: MachineShare;
}

/** `batchMsMax`: no batch takes longer, by what pictures took so far. */
export function createBatcher(
  engine: Engine,
  batchMsMax: number,
  { metrics, pace, share }: BatcherParts,
): Batcher<InferenceItem, InferenceOutput> {
  const { lanes, intraOpThreads, wideThreads } = engine;
  const isOnCpu = engine.device === 'cpu';
  // 0 is as many as the runtime likes, which is all.
  const width = intraOpThreads === 0 ? readAllowance().cores : intraOpThreads;
  return new Batcher({
    batchMax: engine.plan.maxBatch,
    batchMsMax,
    lanes,
    ...(isOnCpu ? { lanesNow: () => Math.max(1, Math.round(share.cores / width)) } : {}),
    // What is being fetched or decoded would come before a picture on all cores is done.
    ...(wideThreads > 0 ? { isAlone: () => pace.isAlone && share.isUndivided } : {}),
    compute: async (items, isAlone) => {
      const threads = isOnCpu ? (isAlone ? wideThreads : width) : 0;
      const inputs = items.map(({ views, geometries, options }) => ({ views, geometries, options }));
      share.began(threads);
      const { outcomes, inferMs, unpackMs } = await engine
        .run(inputs, isAlone)
        .finally(() => share.ended(threads));
      metrics.computed(items.length);
      return outcomes.map((outcome) =>
        outcome.ok
          ? { ok: true, output: { detections: outcome.detections, inferMs, unpackMs } }
          : { ok: false, error: new Error(outcome.error) },
      );
    },
    expire: () => new ServiceError('deadline_exceeded', 'expired before inference'),
  });
}
