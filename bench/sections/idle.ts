/** What a stack takes that has nothing to do. */
import { setTimeout as sleep } from 'node:timers/promises';
import type { BenchStack } from '../bench-stack.ts';

/** Per cent of one core, by process, and all together. */
export type IdleFigures = Readonly<Record<string, number>>;

/** V8 tidies up for a while after it was busy, and then no more. */
const settleMs = 45_000;

export async function measureIdle(bench: BenchStack, seconds: number): Promise<IdleFigures> {
  await sleep(settleMs);
  const startedMs = performance.now();
  const readCpu = bench.countCpu();
  await sleep(seconds * 1000);
  const tookMs = performance.now() - startedMs;
  const shares = Object.entries(readCpu()).map(([name, ms]) => [name, (100 * ms) / tookMs] as const);
  return { ...Object.fromEntries(shares), together: shares.reduce((sum, [, share]) => sum + share, 0) };
}
