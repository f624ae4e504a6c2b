/** What a minute of too much work shows, and whether that is what was promised. */
import type { Reply } from './send-load.ts';
import { median, type MemoryUse } from './watch-memory.ts';

export interface OverloadRun {
  /** Successes a second of callers that never overload it. */
  readonly capacityPerS: number;
  readonly offeredPerS: number;
  readonly seconds: number;
  readonly deadlineMs: number;
  readonly replies: readonly Reply[];
  readonly memory: Readonly<Record<string, MemoryUse>>;
}

export interface Verdict {
  readonly figures: readonly (readonly [name: string, value: string])[];
  /** Promises that were not kept; empty when all were. */
  readonly broken: readonly string[];
}

const goodputMin = 0.9;
const refusalMsMax = 50;
/** Growth from the second to the last quarter that is still flat: a heap that breathes. */
const growthMax = 1.25;

export function judgeOverload(run: OverloadRun): Verdict {
  const { replies, seconds, deadlineMs, capacityPerS } = run;
  const successes = replies.filter(({ status }) => status === 200);
  const refusals = replies.filter(({ status }) => status === 503);
  const expired = replies.filter(({ status }) => status === 504);
  const others = replies.filter(({ status }) => ![200, 503, 504].includes(status));
  // The deadline runs from the acceptance to the answer; what the caller sees beyond is the way there and back.
  const late = successes.filter(({ totalMs }) => (totalMs ?? 0) > deadlineMs);
  const beyondMs = Math.max(0, ...successes.map(({ ms, totalMs }) => ms - (totalMs ?? 0)));
  const goodput = successes.length / seconds / capacityPerS;
  const refusalMs = median(refusals.map(({ ms }) => ms));
  const unhelpful = refusals.filter(({ retryAfterS }) => retryAfterS === undefined || retryAfterS < 1);
  const growth = Object.entries(run.memory).map(
    ([name, { earlyBytes, lateBytes }]) => [name, lateBytes / earlyBytes, lateBytes] as const,
  );

  const broken = [
    goodput < goodputMin ? `goodput is ${goodput.toFixed(2)} of capacity, below ${goodputMin}` : '',
    refusals.length === 0 ? 'nothing was refused: that was no overload' : '',
    refusalMs >= refusalMsMax ? `the median refusal took ${refusalMs.toFixed(0)} ms` : '',
    unhelpful.length > 0 ? `${unhelpful.length} refusals said nothing of when to come back` : '',
    late.length > 0 ? `${late.length} successes came after their deadline` : '',
    others.length > 0 ? `${others.length} were answered with something else: ${countBy(others)}` : '',
    ...growth.map(([name, ratio]) =>
      ratio > growthMax ? `${name} grew to ${ratio.toFixed(2)} times its size` : '',
    ),
  ].filter((line) => line !== '');

  return {
    broken,
    figures: [
      ['capacity', `${capacityPerS.toFixed(1)} a second`],
      ['offered', `${run.offeredPerS.toFixed(1)} a second for ${seconds} s, deadline ${deadlineMs} ms`],
      ['goodput', `${(successes.length / seconds).toFixed(1)} a second, ${goodput.toFixed(2)} of capacity`],
      ['latency of successes', `median ${median(successes.map(({ ms }) => ms)).toFixed(0)} ms`],
      ['refused', `${refusals.length}, median ${refusalMs.toFixed(1)} ms`],
      ['expired in the queue', String(expired.length)],
      ['late successes', String(late.length)],
      ['way there and back', `${beyondMs.toFixed(0)} ms at most`],
      ['anything else', others.length === 0 ? '0' : countBy(others)],
      ...growth.map(
        ([name, ratio, bytes]) =>
          [`memory of ${name}`, `${(bytes / 1e6).toFixed(0)} MB, ${ratio.toFixed(2)} of before`] as const,
      ),
    ],
  };
}

function countBy(replies: readonly Reply[]): string {
  const counts = Map.groupBy(replies, ({ status, code }) => `${status} ${code ?? ''}`.trim());
  return [...counts].map(([what, all]) => `${all.length} × ${what}`).join(', ');
}
