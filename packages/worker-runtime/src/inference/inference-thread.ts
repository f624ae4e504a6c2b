/**
 * The inside of an inference thread: opens the session, asks the adapter for a plan, warms up, then computes batches as
 * they come. It sees no Redis and no encoded picture. A model that cannot be served is said in one sentence.
 */
import { parentPort, workerData } from 'node:worker_threads';
import { fitImage } from '@shoal/vision';
import type { ModelAdapter, ModelPlan } from '../adapter.ts';
import type {
  CloseRequest,
  InferenceInput,
  InferenceThreadData,
  RunRequest,
  ThreadReply,
} from './inference-protocol.ts';
import { runBatch } from './run-batch.ts';
import { openSession, type Session } from './session.ts';

export async function serveInference(adapter: ModelAdapter): Promise<void> {
  const port = parentPort;
  if (port === null) throw new Error('an inference thread needs a parent');
  const reply = (message: ThreadReply) => port.postMessage(message);
  const { modelPath, manifest, device, intraOpThreads } = workerData as InferenceThreadData;

  let session: Session;
  let plan: ModelPlan;
  try {
    session = await openSession(modelPath, { device, intraOpThreads });
    plan = adapter.describe(session.io, manifest);
    await warmUp(session, adapter, plan);
  } catch (error) {
    reply({ type: 'unfit', reason: error instanceof Error ? error.message : String(error) });
    return;
  }
  port.on('message', (request: RunRequest | CloseRequest) => {
    if (request.type === 'close') {
      // With nothing more to hear, the thread ends by itself.
      void session.release().finally(() => port.close());
      return;
    }
    void answer(request);
  });
  reply({ type: 'ready', plan });

  async function answer({ batchId, items }: RunRequest): Promise<void> {
    const batch = await runBatch(session, adapter, plan, items);
    // All of them at once may be the pictures' fault, or the device's: an empty picture tells. A session that fails on
    // that as well would answer every job with an error, and faster than healthy workers answer theirs; what is thrown
    // here ends the thread. The next one opens a session anew, or cannot, which ends the worker.
    if (batch.outcomes.every((outcome) => !outcome.ok)) await warmUp(session, adapter, plan);
    reply({ type: 'done', batchId, ...batch });
  }
}

/** The first run allocates; better now than in the first caller's time. A model that cannot run at all shows here. */
async function warmUp(session: Session, adapter: ModelAdapter, plan: ModelPlan): Promise<void> {
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
