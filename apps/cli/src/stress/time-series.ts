/**
 * The course of a run: how many succeeded and failed in each second, and how long the median took. A long run has longer
 * intervals instead of more of them: two become one, whose median is then the mean of both, weighted by their counts.
 */
import { LatencyHistogram } from './latency-histogram.ts';
import type { Interval } from './stress-result.ts';

const intervalsMax = 1_200;

interface Closed {
  readonly succeeded: number;
  readonly failed: number;
  readonly p50Ms: number | null;
}

export class TimeSeries {
  readonly #latencies = new LatencyHistogram();
  #closed: Closed[] = [];
  #intervalMs = 1000;
  #failed = 0;

  /** Times are from the start, and never earlier than those of the call before. */
  succeeded(atMs: number, ms: number): void {
    this.#advanceTo(atMs);
    this.#latencies.record(ms);
  }

  failed(atMs: number): void {
    this.#advanceTo(atMs);
    this.#failed += 1;
  }

  /** Up to `endMs`; what is left of an interval at the end counts by its own length, and with its neighbour if it is short. */
  intervals(endMs: number): Interval[] {
    // The moment of the last answer belongs to the interval that it ends.
    this.#advanceTo(Math.max(0, endMs - 1e-6));
    const all = [...this.#closed, this.#current()];
    const lastMs = endMs - (all.length - 1) * this.#intervalMs;
    if (all.length > 1 && lastMs < this.#intervalMs / 2) all.push(merge(all.pop()!, all.pop()!));
    return all.map(({ succeeded, failed, p50Ms }, index) => {
      const fromMs = index * this.#intervalMs;
      const lengthMs = index === all.length - 1 ? Math.max(1, endMs - fromMs) : this.#intervalMs;
      return { s: fromMs / 1000, perS: rounded((1000 * succeeded) / lengthMs), p50Ms, failed };
    });
  }

  #current(): Closed {
    const succeeded = this.#latencies.count;
    return {
      succeeded,
      failed: this.#failed,
      p50Ms: succeeded === 0 ? null : this.#latencies.percentile(50),
    };
  }

  #advanceTo(atMs: number): void {
    while (atMs >= (this.#closed.length + 1) * this.#intervalMs) {
      this.#closed.push(this.#current());
      this.#latencies.clear();
      this.#failed = 0;
      if (this.#closed.length === intervalsMax) this.#coarsen();
    }
  }

  #coarsen(): void {
    this.#closed = Array.from({ length: intervalsMax / 2 }, (_, index) =>
      merge(this.#closed[2 * index]!, this.#closed[2 * index + 1]!),
    );
    this.#intervalMs *= 2;
  }
}

function merge(one: Closed, other: Closed): Closed {
  const parts = [one, other].filter(({ p50Ms }) => p50Ms !== null);
  const weight = parts.reduce((sum, { succeeded }) => sum + succeeded, 0);
  const weighted = parts.reduce((sum, { succeeded, p50Ms }) => sum + succeeded * p50Ms!, 0);
  return {
    succeeded: one.succeeded + other.succeeded,
    failed: one.failed + other.failed,
    p50Ms: weight === 0 ? null : rounded(weighted / weight),
  };
}

const rounded = (value: number): number => Math.round(1000 * value) / 1000;
