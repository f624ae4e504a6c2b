/**
 * Latencies as counts instead of a list, so that a million of them take no more memory than ten. Values are kept to three
 * digits, from a microsecond to an hour; what is outside is counted at the nearer end.
 */
import { createHistogram } from 'node:perf_hooks';
import type { Bucket, Percentiles } from './stress-result.ts';

const hourUs = 3_600_000_000;

export class LatencyHistogram {
  readonly #histogram = createHistogram({ lowest: 1, highest: hourUs, figures: 3 });

  record(ms: number): void {
    this.#histogram.record(Math.min(hourUs, Math.max(1, Math.round(1000 * ms))));
  }

  clear(): void {
    this.#histogram.reset();
  }

  get count(): number {
    return this.#histogram.count;
  }

  /** The value that `percent` (above 0, up to 100) of all are not above. Asks for at least one value. */
  percentile(percent: number): number {
    return round(Math.min(this.#histogram.percentile(percent), this.#histogram.max) / 1000);
  }

  /** Null when nothing was recorded. */
  percentiles(): Percentiles | null {
    if (this.count === 0) return null;
    return {
      min: round(this.#histogram.min / 1000),
      mean: round(this.#histogram.mean / 1000),
      p50: this.percentile(50),
      p90: this.percentile(90),
      p95: this.percentile(95),
      p99: this.percentile(99),
      max: round(this.#histogram.max / 1000),
    };
  }

  /**
   * About `bucketsMax` buckets from the least to the greatest value, each as many times as wide as the one before: where all
   * values are close together these are nearly of one width, and where one is a thousand times as long, nothing is lost in the first one.
   */
  buckets(bucketsMax: number): Bucket[] {
    if (this.count === 0) return [];
    const { min, max } = this.#histogram;
    const edges = edgesBetween(min, max, bucketsMax);
    let below = 0;
    return edges.slice(1).map((to, index) => {
      const upTo = index === edges.length - 2 ? this.count : this.#countBelow(to);
      const count = upTo - below;
      below = upTo;
      return { fromMs: edges[index]! / 1000, toMs: to / 1000, count };
    });
  }

  /** Node's histogram tells the value of a rank only; ranks are in the order of their values, so halving finds the way back. */
  #countBelow(us: number): number {
    let [low, high] = [0, this.count];
    while (low < high) {
      const middle = Math.floor((low + high) / 2);
      const isBelow = this.#histogram.percentile((100 * (middle + 1)) / this.count) < us;
      if (isBelow) low = middle + 1;
      else high = middle;
    }
    return low;
  }
}

/** In whole microseconds, rising, with as few digits as keep them apart. */
function edgesBetween(min: number, max: number, bucketsMax: number): number[] {
  const least = Math.max(1, min);
  const ratio = Math.max(max / least, 1 + 1e-9) ** (1 / bucketsMax);
  const inner = Array.from({ length: bucketsMax - 1 }, (_, index) => least * ratio ** (index + 1));
  const rounded = inner.map((edge) => {
    // A tenth of the bucket's width is as exact as anybody reads a label.
    const step = Math.max(1, 10 ** Math.floor(Math.log10(Math.max(1, (edge * (ratio - 1)) / 5))));
    return Math.round(edge / step) * step;
  });
  const edges = [least, ...rounded.filter((edge) => edge > least && edge <= max), max + 1];
  return edges.filter((edge, index) => index === 0 || edge > edges[index - 1]!);
}

const round = (ms: number): number => Math.round(1000 * ms) / 1000;
