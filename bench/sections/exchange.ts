/** The exchange alone: HTTP, Redis and the queue around a model that is nothing, and whose pictures are not decoded. */
import type { BenchStack } from '../bench-stack.ts';
import { measureStack, medianOf, type StackFigures } from '../measure-stack.ts';
import { nullPicture } from '../null-picture.ts';

export interface ExchangeRow extends StackFigures {
  readonly concurrency: number;
  readonly uploadBytes: number;
}

export const exchangeUploadBytes = 100_000;

export async function measureExchange(
  bench: BenchStack,
  { concurrencies, rounds, seconds }: { concurrencies: readonly number[]; rounds: number; seconds: number },
): Promise<readonly ExchangeRow[]> {
  const model = 'null';
  const worker = await bench.startNullWorker(model);
  const picture = await nullPicture(exchangeUploadBytes);
  try {
    // What is compiled while it runs is compiled now.
    await measureStack(bench, { model, picture, form: 'raw', concurrency: 64, seconds });
    const rows: ExchangeRow[] = [];
    for (const concurrency of concurrencies) {
      const runs = [];
      for (let round = 0; round < rounds; round += 1) {
        runs.push(await measureStack(bench, { model, picture, form: 'raw', concurrency, seconds }));
      }
      rows.push({ concurrency, uploadBytes: exchangeUploadBytes, ...medianOf(runs) });
    }
    return rows;
  } finally {
    await worker.kill();
  }
}
