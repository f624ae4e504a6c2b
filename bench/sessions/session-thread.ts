/** A thread with a session, as a worker has it, that computes the same made-up picture again and again. */
import { setTimeout as sleep } from 'node:timers/promises';
import { parentPort, workerData } from 'node:worker_threads';
import { openSession, readModelFolder } from '../../packages/worker-runtime/src/testing/index.ts';
import type { ModelAdapter } from '../../packages/worker-runtime/src/adapter.ts';
import { fitImage } from '../../packages/vision/src/index.ts';
import { pauseMs, type SessionCase } from './session-case.ts';

export interface ThreadFigures {
  readonly pictures: number;
  readonly runsMs: readonly number[];
  /** Of the whole process; alone there is nothing else in it. */
  readonly cpusMs: readonly number[];
  readonly pauseCpusMs: readonly number[];
}

export interface ThreadData {
  readonly measured: SessionCase;
  readonly folder: string;
}

const { measured, folder } = workerData as ThreadData;
const { modelPath, manifest } = await readModelFolder(folder);
const { adapter } = (await import(`../../apps/worker-${manifest.adapter}/src/adapter.ts`)) as {
  adapter: ModelAdapter;
};
const { intraOpThreads, batch, isFresh, load, tuning } = measured;
const session = await openSession(modelPath, {
  device: 'cpu',
  intraOpThreads,
  ...(tuning ? { tuning } : {}),
});
const plan = adapter.describe(session.io, manifest);
const [geometry] = fitImage(plan.resize, 1280, 720);
const { width, height } = geometry!;
const data = Uint8Array.from({ length: 3 * width * height }, (_, at) => (at * 7) % 251);
const images = Array.from({ length: batch }, () => ({ width, height, data }));

let feeds: ReturnType<ModelAdapter['pack']> | undefined;
async function run(): Promise<number> {
  feeds = adapter.pack(images, plan, isFresh ? undefined : feeds);
  const startedMs = performance.now();
  await session.run(feeds, plan.outputs);
  return performance.now() - startedMs;
}

function cpuSince(start: NodeJS.CpuUsage): number {
  const { user, system } = process.cpuUsage(start);
  return (user + system) / 1000;
}

async function measure(untilMs: number): Promise<ThreadFigures> {
  const figures = { runsMs: [] as number[], cpusMs: [] as number[], pauseCpusMs: [] as number[] };
  while (Date.now() < untilMs) {
    const before = process.cpuUsage();
    figures.runsMs.push(await run());
    figures.cpusMs.push(cpuSince(before));
    if (load === 'full') continue;
    const pause = process.cpuUsage();
    await sleep(pauseMs);
    figures.pauseCpusMs.push(cpuSince(pause));
  }
  return { pictures: figures.runsMs.length * batch, ...figures };
}

for (let warming = 0; warming < 5; warming += 1) await run();
const port = parentPort!;
const reply = (message: ThreadFigures | 'ready'): void => port.postMessage(message);
port.once('message', (untilMs: number) => void measure(untilMs).then(reply));
reply('ready');
