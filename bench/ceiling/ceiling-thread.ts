/** An inference thread of the ceiling: a session, and what the adapter does before and after it. Nothing else is in the way. */
import { parentPort, workerData } from 'node:worker_threads';
import { adapter } from '../../apps/worker-yolo/src/adapter.ts';
import { openSession } from '../../packages/worker-runtime/src/testing/index.ts';
import type { CeilingItem, CeilingThreadData, CeilingThreadReply } from './ceiling-item.ts';

const { modelPath, manifest, intraOpThreads, options } = workerData as CeilingThreadData;
const session = await openSession(modelPath, { device: 'cpu', intraOpThreads });
const plan = adapter.describe(session.io, manifest);
let feeds: ReturnType<typeof adapter.pack> | undefined;

const port = parentPort!;
const reply = (message: CeilingThreadReply): void => port.postMessage(message);

port.on('message', (item: CeilingItem) => void compute(item));
reply({ resize: plan.resize });

async function compute({ id, view, geometry }: CeilingItem): Promise<void> {
  feeds = adapter.pack([view], plan, feeds);
  const outputs = await session.run(feeds, plan.outputs);
  const [detections] = adapter.unpack(outputs, [{ geometry, options }], plan);
  reply({ id, found: detections!.length });
}
