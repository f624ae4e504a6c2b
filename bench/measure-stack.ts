/** One run of load on the stack, and what it took: as callers see it, and as the processes paid for it. */
import type { BenchStack } from './bench-stack.ts';
import { generateLoad, warmUpPerCaller, type LoadRequest } from './generate-load.ts';

export interface StackFigures {
  readonly perS: number;
  readonly p50Ms: number;
  readonly p95Ms: number;
  readonly p99Ms: number;
  /** Of each process for one image, in milliseconds; `generator` is the load's own. */
  readonly cpuMsPerImage: Readonly<Record<string, number>>;
}

export async function measureStack(
  bench: BenchStack,
  request: Omit<LoadRequest, 'url'>,
): Promise<StackFigures> {
  const readCpu = bench.countCpu();
  const { perS, latencyMs, sent, cpu } = await generateLoad({ ...request, url: bench.url });
  const images = sent + warmUpPerCaller * request.concurrency;
  const ofProcesses = Object.entries(readCpu()).map(([name, ms]) => [name, ms / images] as const);
  return {
    perS,
    p50Ms: latencyMs!.p50,
    p95Ms: latencyMs!.p95,
    p99Ms: latencyMs!.p99,
    cpuMsPerImage: {
      ...Object.fromEntries(ofProcesses),
      generator: (cpu.userMs + cpu.systemMs) / sent,
    },
  };
}

/** The middle one by throughput: figures that belong together stay together. */
export function medianOf<F extends { readonly perS: number }>(runs: readonly F[]): F {
  return runs.toSorted((a, b) => a.perS - b.perS)[runs.length >> 1]!;
}

export function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  const middle = sorted.length >> 1;
  return sorted.length % 2 === 1 ? sorted[middle]! : (sorted[middle - 1]! + sorted[middle]!) / 2;
}
