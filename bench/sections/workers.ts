/** More workers, more pictures: a model that sleeps instead of computing, so that cores are not what is shared out. */
import type { BenchStack } from '../bench-stack.ts';
import { measureStack } from '../measure-stack.ts';
import { nullPicture } from '../null-picture.ts';

export interface WorkersRow {
  readonly workers: number;
  readonly perS: number;
  /** Of the throughput of one, times the workers. */
  readonly ofLinear: number;
}

const computeMs = 50;
const callersPerWorker = 8;

export async function measureWorkers(
  bench: BenchStack,
  counts: readonly number[],
  seconds: number,
): Promise<readonly WorkersRow[]> {
  const model = 'null-sleeping';
  const picture = await nullPicture(20_000);
  const workers = [];
  const rows: WorkersRow[] = [];
  try {
    for (const count of counts) {
      while (workers.length < count) workers.push(await bench.startNullWorker(model, computeMs));
      const load = { model, picture, form: 'raw', concurrency: callersPerWorker * count, seconds } as const;
      const { perS } = await measureStack(bench, load);
      const ofOne = rows[0] === undefined ? perS : rows[0].perS / rows[0].workers;
      rows.push({ workers: count, perS, ofLinear: perS / (ofOne * count) });
    }
  } finally {
    await Promise.all(workers.map((worker) => worker.kill()));
  }
  return rows;
}
