/**
 * Sends cases to a stack from several lanes at once, judges every answer, asks for a good picture all the while, and looks
 * at the end at what is left. It tells what it saw; what becomes of that is the business of its caller.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { connectConsumer } from '../../packages/shared/src/redis/index.ts';
import type { Stack } from '../support/stack.ts';
import { waitFor } from '../support/wait-for.ts';
import type { FuzzCase, Kind } from './fuzz-case.ts';
import { GoodPicture } from './good-picture.ts';
import { codeOf, judge } from './judge.ts';
import { requestCollection } from '../support/garbage.ts';
import type { ServiceProcess } from '../support/service-process.ts';
import type { CaseMaker } from './make-cases.ts';
import { sendCase, type Outcome } from './send-case.ts';
import { ProcessWatch, type Growth } from './watch-processes.ts';
import { whatIsLeft } from './what-is-left.ts';

export interface FuzzPlan {
  readonly stack: Stack;
  readonly makeCase: CaseMaker;
  /** How many of each kind. */
  readonly counts: Readonly<Partial<Record<Kind, number>>>;
  /** Cases under way at once, without those that are slow. */
  readonly lanes: number;
  readonly withinMs: number;
  onFailure?(failure: Failure): void | Promise<void>;
  onProgress?(done: number, of: number): void;
}

export interface Failure {
  readonly hostile: FuzzCase;
  readonly index: number;
  readonly violation: string;
}

export interface FuzzReport {
  /** `images` → `422 image_undecodable` → how often. */
  readonly answers: Readonly<Record<string, Readonly<Record<string, number>>>>;
  /** The longest that an answer of a kind took. */
  readonly slowestMs: Readonly<Record<string, number>>;
  readonly failures: number;
  /** Milliseconds that good pictures took meanwhile, in order, and how many of them were refused as overloaded. */
  readonly goodMs: readonly number[];
  readonly goodRefusals: number;
  readonly growth: readonly Growth[];
  /** What was wrong with the stack itself. */
  readonly violations: readonly string[];
}

/** Bounds what a run of slow cases alone would open. */
const slowAtOnceMax = 100;

export async function runFuzz(plan: FuzzPlan): Promise<FuzzReport> {
  const { stack, counts } = plan;
  const port = Number(new URL(stack.url).port);
  const good = await GoodPicture.startAsking(stack.url);
  const watch = new ProcessWatch({
    gateway: () => stack.gateway.pid,
    worker: () => stack.workers[0]!.pid,
    Redis: () => stack.redis.pid,
  });
  const answers: Record<string, Record<string, number>> = {};
  const slowestMs: Record<string, number> = {};
  const cases = interleave(counts);
  let [failures, done] = [0, 0];

  const run = async (kind: Kind, index: number): Promise<void> => {
    const hostile = plan.makeCase(kind, index);
    const withinMs = hostile.withinMs ?? plan.withinMs;
    const outcome = await sendCase(port, hostile, withinMs + 500);
    const violation = judge(hostile, outcome, withinMs);
    const label = labelOf(outcome);
    const ofKind = (answers[kind] ??= {});
    ofKind[label] = (ofKind[label] ?? 0) + 1;
    slowestMs[kind] = Math.max(slowestMs[kind] ?? 0, outcome.ms);
    done += 1;
    if (violation === undefined) return;
    failures += 1;
    await plan.onFailure?.({ hostile, index, violation });
  };
  /** Those that are slow only hold a connection: they run beside the lanes. */
  const slowOnes = new Set<Promise<void>>();
  const left = cases.values();
  const lane = async (): Promise<void> => {
    for (const [kind, index] of left) {
      const one = run(kind, index).finally(() => slowOnes.delete(one));
      if (kind !== 'slow') await one;
      else slowOnes.add(one);

      if (slowOnes.size >= slowAtOnceMax) await Promise.race(slowOnes);
    }
  };
  const over = new AbortController();
  const services = [stack.gateway, ...stack.workers];
  const watching = (async () => {
    while (!over.signal.aborted) {
      watch.sample(done / cases.length);
      plan.onProgress?.(done, cases.length);
      await good.ask();
      await collect(services);
    }
  })();
  await Promise.all(Array.from({ length: plan.lanes }, lane));
  await Promise.all(slowOnes);
  over.abort();
  await watching;
  await good.askAtLast();
  await collect(services);
  watch.sample(1);
  plan.onProgress?.(done, cases.length);
  const violations = [
    ...refusedTooOften(answers, cases.length),
    ...good.violations,
    ...(await leftIn(stack)),
    ...watch.violations(),
    ...toldAsErrors(stack),
  ];
  return {
    answers,
    slowestMs,
    failures,
    goodMs: good.tookMs,
    goodRefusals: good.refusals,
    growth: watch.growth,
    violations,
  };
}

/** What is sampled is what is held: how much garbage lies about is V8's own affair, and differs by half from one second to the next. */
async function collect(services: readonly ServiceProcess[]): Promise<void> {
  for (const service of services) requestCollection(service);
  await sleep(500);
}

/** So that each part of a run is like every other, and memory can be compared. */
function interleave(counts: Readonly<Partial<Record<Kind, number>>>): (readonly [Kind, number])[] {
  const all = Object.entries(counts).flatMap(([kind, count]) =>
    Array.from({ length: count }, (_, index) => ({ kind: kind as Kind, index, at: (index + 0.5) / count })),
  );
  return all.sort((a, b) => a.at - b.at).map(({ kind, index }) => [kind, index] as const);
}

/** Being full is honest, but whoever meets nothing else has tested nothing else. */
function refusedTooOften(answers: FuzzReport['answers'], cases: number): string[] {
  const refused = Object.values(answers).reduce((sum, ofKind) => sum + (ofKind['503 overloaded'] ?? 0), 0);
  return refused > cases / 10 ? [`${refused} of ${cases} cases were refused as overloaded`] : [];
}

function labelOf({ end, response }: Outcome): string {
  if (response === undefined) return end;
  return [response.status, codeOf(response.body)].filter((part) => part !== undefined).join(' ');
}

/** Who was waiting for an answer may be gone, so some work may still be under way. */
async function leftIn(stack: Stack): Promise<string[]> {
  const redis = connectConsumer(stack.redis.url);
  try {
    await waitFor('nothing to be left', async () => (await whatIsLeft(redis)).length === 0, 15_000).catch(
      () => undefined,
    );
    return (await whatIsLeft(redis)).map((what) => `left in Redis: ${what}`);
  } finally {
    redis.disconnect();
  }
}

/** Hostile input is an answer: a service that calls it an error wakes somebody up for nothing. */
function toldAsErrors(stack: Stack): string[] {
  return [stack.gateway, ...stack.workers].flatMap((service) =>
    service.log
      .filter(({ level }) => level === 'error' || level === 'fatal')
      .map((line) => `logged as an error: ${JSON.stringify(line).slice(0, 500)}`),
  );
}
