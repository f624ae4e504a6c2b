/**
 * One case in a thread of its own, because in service too each kernel sees one type of tensor only: what was compiled
 * for another case would slow it down. Both ways run in turn, so what else the machine does strikes both.
 */
import { isDeepStrictEqual } from 'node:util';
import { parentPort, workerData } from 'node:worker_threads';
import { kernelCases } from './cases.ts';

export interface KernelTimes {
  readonly plainMs: number;
  readonly oursMs: number;
  /** How many times as fast as plain. */
  readonly ratio: number;
  readonly rounds: number;
}

const { name, budgetMs } = workerData as { name: string; budgetMs: number };
const { plain, ours } = kernelCases.find((kernel) => kernel.name === name)!.prepare();
if (!isDeepStrictEqual(plain(), ours())) throw new Error(`${name}: the two ways differ in their results`);
const times = alternate();
// eslint-disable-next-line unicorn/require-post-message-target-origin -- a thread has no origin
parentPort!.postMessage(times);

function alternate(): KernelTimes {
  // A sample of about a millisecond; the first ones are for the compiler.
  const plainCalls = Math.max(1, Math.round(1 / time(plain, 1)));
  const calls = Math.max(1, Math.round(1 / time(ours, 1)));
  const warm = performance.now();
  while (performance.now() - warm < budgetMs / 3) {
    time(plain, plainCalls);
    time(ours, calls);
  }
  const rounds: { plainMs: number; oursMs: number }[] = [];
  const begun = performance.now();
  while (rounds.length < 3 || performance.now() - begun < budgetMs) {
    rounds.push({ plainMs: time(plain, plainCalls), oursMs: time(ours, calls) });
  }
  const plainMs = undisturbed(rounds.map((round) => round.plainMs));
  const oursMs = undisturbed(rounds.map((round) => round.oursMs));
  return { plainMs, oursMs, ratio: plainMs / oursMs, rounds: rounds.length };
}

/** Milliseconds a call. */
function time(work: () => unknown, calls: number): number {
  const start = performance.now();
  for (let call = 0; call < calls; call += 1) work();
  return (performance.now() - start) / calls;
}

/** The time that one call in ten stays under: others on the machine make calls slower, and never faster. */
function undisturbed(values: number[]): number {
  return values.toSorted((a, b) => a - b)[Math.floor(values.length / 10)]!;
}
