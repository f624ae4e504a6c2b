/**
 * The inside of an inference thread: opens the session, asks the adapter for a plan, warms up, then computes batches as
 * they come. It sees no Redis and no encoded picture. A model that cannot be served is said in one sentence.
 */
import { parentPort, workerData } from 'node:worker_threads';
import type { ModelAdapter, ModelPlan } from '../adapter.ts';
import { chooseBatching, warmSizes, type LoadedModel } from './choose-batching.ts';
import type {
  CloseRequest,
  InferenceThreadData,
  RunRequest,
  ThreadReply,
  WidenRequest,
} from './inference-protocol.ts';
import { Packer } from './packer.ts';
import { runBatch } from './run-batch.ts';
import { openSession, type Session } from './session.ts';
import { warmUp } from './warm-up.ts';

export async function serveInference(adapter: ModelAdapter): Promise<void> {
  const port = parentPort;
  if (port === null) throw new Error('an inference thread needs a parent');
  const reply = (message: ThreadReply) => port.postMessage(message);
  const data = workerData as InferenceThreadData;

  let narrow: Session;
  let wide: Session | undefined;
  let plan: ModelPlan;
  let packer: Packer;
  try {
    narrow = await openSession(data.modelPath, data);
    const described = adapter.describe(narrow.io, data.manifest);
    await warmUp(narrow, adapter, described);
    const batching = await batch(
      { session: narrow, adapter, plan: described, device: data.device },
      data.batching,
    );
    plan = { ...described, maxBatch: batching.max };
    packer = new Packer(adapter, plan, batching.sizes);
    reply({ type: 'ready', plan, batching, notes: batching.notes });
  } catch (error) {
    reply({ type: 'unfit', reason: messageOf(error) });
    return;
  }
  port.on('message', (request: RunRequest | WidenRequest | CloseRequest) => {
    if (request.type === 'run') void answer(request);
    else if (request.type === 'widen') void widen(request);
    // With nothing more to hear, the thread ends by itself.
    else void Promise.allSettled([narrow.release(), wide?.release()]).then(() => port.close());
  });

  async function answer({ batchId, width, items }: RunRequest): Promise<void> {
    const session = (width === 'wide' ? wide : undefined) ?? narrow;
    const result = await runBatch(session, adapter, plan, items, packer);
    // All of them at once may be the pictures' fault, or the device's: an empty picture tells. A session that fails on
    // that as well would answer every job with an error, and faster than healthy workers answer theirs; what is thrown
    // here ends the thread. The next one opens a session anew, or cannot, which ends the worker.
    if (result.outcomes.every((outcome) => !outcome.ok)) await warmUp(session, adapter, plan);
    reply({ type: 'done', batchId, width: session === wide ? 'wide' : 'narrow', ...result });
  }

  async function widen({ intraOpThreads }: WidenRequest): Promise<void> {
    try {
      const opened = await openSession(data.modelPath, { device: data.device, intraOpThreads });
      await warmUp(opened, adapter, plan);
      wide = opened;
      reply({ type: 'widened' });
    } catch (error) {
      reply({ type: 'widened', problem: messageOf(error) });
    }
  }
}

async function batch(
  model: LoadedModel,
  known: InferenceThreadData['batching'],
): ReturnType<typeof chooseBatching> {
  if ('wanted' in known) return chooseBatching(model, known.wanted);
  await warmSizes(model, known.sizes);
  return { ...known, notes: [] };
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
