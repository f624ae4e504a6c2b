/**
 * The ceiling: what this machine can do with a model and a picture when there is nothing else. One process decodes, packs, runs and
 * unpacks, with the same code as a worker, and neither HTTP nor Redis. Told over IPC what to measure; the model's folder
 * is its argument.
 */
import { readFile } from 'node:fs/promises';
import { createHistogram } from 'node:perf_hooks';
import { Worker } from 'node:worker_threads';
import { decodeImage, readModelFolder } from '../../packages/worker-runtime/src/testing/index.ts';
import type { ResizePlan } from '../../packages/vision/src/index.ts';
import type {
  CeilingFigures,
  CeilingItem,
  CeilingRequest,
  CeilingThreadData,
  CeilingThreadReply,
  Threading,
} from './ceiling-item.ts';

const imagePixelsMax = 100_000_000;
const { modelPath, manifest } = await readModelFolder(process.argv[2]!);

/** Threads with one way of threading; those of another way are idle meanwhile. */
class Crew {
  readonly #free: Worker[] = [];
  readonly #queue: ((worker: Worker) => void)[] = [];
  resize!: ResizePlan;

  static async of({ threads, intraOpThreads }: Threading): Promise<Crew> {
    const crew = new Crew();
    const data: CeilingThreadData = { modelPath, manifest, intraOpThreads, options: manifest.defaults };
    await Promise.all(
      Array.from({ length: threads }, async () => {
        const worker = new Worker(new URL('ceiling-thread.ts', import.meta.url), { workerData: data });
        const ready = (await nextReply(worker)) as { resize: ResizePlan };
        crew.resize = ready.resize;
        crew.#free.push(worker);
      }),
    );
    return crew;
  }

  async compute(item: CeilingItem): Promise<number> {
    const worker = this.#free.pop() ?? (await new Promise<Worker>((resolve) => this.#queue.push(resolve)));
    const reply = nextReply(worker);
    worker.postMessage(item, [item.view.data.buffer as ArrayBuffer]);
    const { found } = (await reply) as { found: number };
    const next = this.#queue.shift();
    if (next) next(worker);
    else this.#free.push(worker);
    return found;
  }
}

function nextReply(worker: Worker): Promise<CeilingThreadReply> {
  return new Promise((resolve, reject) => {
    worker.once('error', reject);
    worker.once('message', (reply: CeilingThreadReply) => {
      worker.off('error', reject);
      resolve(reply);
    });
  });
}

const crews = new Map<string, Promise<Crew>>();

function crewOf({ threads, intraOpThreads }: Threading): Promise<Crew> {
  const key = `${threads}x${intraOpThreads}`;
  let crew = crews.get(key);
  if (crew === undefined) crews.set(key, (crew = Crew.of({ threads, intraOpThreads })));
  return crew;
}

async function measure(request: CeilingRequest): Promise<CeilingFigures> {
  const [crew, bytes] = await Promise.all([crewOf(request), readFile(request.picture)]);
  const latency = createHistogram();
  let count = 0;
  let found = 0;
  const one = async (): Promise<void> => {
    const startedMs = performance.now();
    const image = await decodeImage(bytes, crew.resize, { imagePixelsMax });
    found = await crew.compute({ id: (count += 1), view: image.views[0]!, geometry: image.geometries[0]! });
    latency.record(Math.max(1, Math.round((performance.now() - startedMs) * 1000)));
  };
  for (let warming = 0; warming < 2 * request.inFlight; warming += 1) await one();
  latency.reset();
  count = 0;
  const cpu = process.cpuUsage();
  const startedMs = performance.now();
  const endMs = startedMs + request.seconds * 1000;
  await Promise.all(
    Array.from({ length: request.inFlight }, async () => {
      while (performance.now() < endMs) await one();
    }),
  );
  const tookMs = performance.now() - startedMs;
  const { user, system } = process.cpuUsage(cpu);
  return {
    perS: (1000 * count) / tookMs,
    p50Ms: latency.percentile(50) / 1000,
    cpuMsPerImage: (user + system) / 1000 / count,
    found,
  };
}

process.on('message', (request: CeilingRequest) => {
  void measure(request).then((figures) => process.send!(figures));
});
process.on('disconnect', () => process.exit());
process.send!('ready');
