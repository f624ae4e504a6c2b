/** One run on an empty picture: what a session allocates it allocates now, and a model that cannot run at all shows here. */
import { fitImage } from '@shoal/vision';
import type { ModelAdapter, ModelPlan } from '../adapter.ts';
import type { InferenceInput } from './inference-protocol.ts';
import { runBatch } from './run-batch.ts';
import type { Session } from './session.ts';

/** Throws an Error with a sentence for a person. */
export async function warmUp(
  session: Pick<Session, 'run'>,
  adapter: ModelAdapter,
  plan: ModelPlan,
): Promise<void> {
  const geometries = fitImage(plan.resize, 640, 480);
  const item: InferenceInput = {
    geometries,
    views: geometries.map(({ width, height }) => ({
      width,
      height,
      data: new Uint8Array(width * height * 3),
    })),
    options: { minScore: 0.5, iou: 0.5, maxDetections: 10, classAgnostic: false },
  };
  const { outcomes } = await runBatch(session, adapter, plan, [item]);
  const outcome = outcomes[0];
  if (outcome?.ok === false) throw new Error(`the model fails on an empty picture: ${outcome.error}`);
}
