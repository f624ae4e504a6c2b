/**
 * Keeps the books of a run: every request once, as counts. Its size does not grow with the requests: latencies are a
 * histogram, failures are grouped, and the course over time becomes coarser when it becomes long.
 */
import { LatencyHistogram } from './latency-histogram.ts';
import type { Failure, Interval, StressResult } from './stress-result.ts';
import { TimeSeries } from './time-series.ts';

/** Messages may hold an id each; what has no place of its own joins the first of its status and code. */
const failureGroupsMax = 100;
const bucketsMax = 16;

/** Sturges' rule (Journal of the American Statistical Association 21, 1926): of few values no shape can be told. */
const bucketsFor = (count: number): number =>
  Math.min(bucketsMax, Math.ceil(Math.log2(Math.max(1, count))) + 1);

export interface Totals {
  readonly sent: number;
  readonly failed: number;
}

export type Counts = Pick<
  StressResult,
  | 'seconds'
  | 'sent'
  | 'succeeded'
  | 'failed'
  | 'byStatus'
  | 'failures'
  | 'perS'
  | 'sentMBPerS'
  | 'latencyMs'
  | 'histogram'
> & { readonly overTime: readonly Interval[] };

export class Account {
  /** Of those that succeeded. */
  readonly latencies = new LatencyHistogram();
  readonly #series = new TimeSeries();
  readonly #byStatus = new Map<number, number>();
  readonly #failures = new Map<string, Failure & { count: number }>();
  #sent = 0;
  #failed = 0;
  #bytes = 0;
  #lastMs = 0;

  /** `atMs`: when the answer was whole, from the start of the run; later calls may not be earlier. */
  add(entry: {
    atMs: number;
    ms: number;
    bytes: number;
    status: number;
    failure: Failure | undefined;
  }): void {
    const { atMs, ms, bytes, status, failure } = entry;
    this.#sent += 1;
    this.#bytes += bytes;
    this.#lastMs = Math.max(this.#lastMs, atMs);
    this.#byStatus.set(status, (this.#byStatus.get(status) ?? 0) + 1);
    if (failure === undefined) {
      this.latencies.record(ms);
      this.#series.succeeded(atMs, ms);
    } else {
      this.#failed += 1;
      this.#group(failure).count += 1;
      this.#series.failed(atMs);
    }
  }

  get totals(): Totals {
    return { sent: this.#sent, failed: this.#failed };
  }

  /** `endMs`: until when the run was meant to go on at least. */
  counts(endMs = 0): Counts {
    const seconds = Math.max(this.#lastMs, endMs) / 1000;
    const perS = (amount: number): number => (seconds === 0 ? 0 : rounded(amount / seconds));
    const succeeded = this.#sent - this.#failed;
    return {
      seconds: rounded(seconds),
      sent: this.#sent,
      succeeded,
      failed: this.#failed,
      byStatus: Object.fromEntries([...this.#byStatus].toSorted(([a], [b]) => a - b)),
      failures: [...this.#failures.values()].toSorted((a, b) => b.count - a.count),
      perS: perS(succeeded),
      sentMBPerS: perS(this.#bytes / 1e6),
      latencyMs: this.latencies.percentiles(),
      histogram: this.latencies.buckets(bucketsFor(this.latencies.count)),
      overTime: this.#series.intervals(1000 * seconds),
    };
  }

  #group(failure: Failure): { count: number } {
    const key = `${failure.status} ${failure.code} ${failure.message}`;
    const known = this.#failures.get(key);
    if (known !== undefined) return known;
    const isFull = this.#failures.size >= failureGroupsMax;
    if (isFull) {
      const alike = ({ status, code }: Failure) => status === failure.status && code === failure.code;
      const group = [...this.#failures.values()].find(alike);
      if (group !== undefined) return group;
      const { status } = failure;
      if (failure.code !== 'other') return this.#group({ status, code: 'other', message: 'of many kinds' });
    }
    const group = { ...failure, count: 0 };
    this.#failures.set(key, group);
    return group;
  }
}

const rounded = (value: number): number => Math.round(1000 * value) / 1000;
