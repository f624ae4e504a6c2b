/**
 * What a run of the stress test found out: the object of `--json`, which other programs read, and what the summary and the
 * report are written from. Names here are an interface: they are added to, not changed.
 */
import type { FormKind } from './request-form.ts';

export interface StressResult {
  readonly url: string;
  readonly model: string;
  readonly form: FormKind;
  readonly schedule: Schedule;
  /** ISO 8601. */
  readonly startedAt: string;
  /** From the first request, or the start of the schedule, to the last answer. */
  readonly seconds: number;
  /** `succeeded` and `failed` together. */
  readonly sent: number;
  readonly succeeded: number;
  readonly failed: number;
  /** By the HTTP status; what got none is under 0. */
  readonly byStatus: Readonly<Record<string, number>>;
  readonly failures: readonly FailureCount[];
  /** Successes a second. */
  readonly perS: number;
  /** Bodies of requests, in millions of bytes. */
  readonly sentMBPerS: number;
  /** Of those that succeeded; null when none did. */
  readonly latencyMs: Percentiles | null;
  /** Of the same; each bucket begins where the one before it ends. */
  readonly histogram: readonly Bucket[];
  readonly overTime: readonly Interval[];
  /** Of the generator alone, after the warm-up. */
  readonly cpu: { readonly userMs: number; readonly systemMs: number };
  /** Requests of an open loop that were due when as many as allowed were under way, and had to wait. */
  readonly heldBack: number;
  /** Requests of an open loop that were sent more than 50 ms after they were due, for whatever reason. */
  readonly sentLate: number;
  /** Somebody ended the run before it was over. */
  readonly isInterrupted: boolean;
}

export type Schedule =
  | { readonly kind: 'closed'; readonly concurrency: number }
  | { readonly kind: 'open'; readonly perS: number; readonly seed: number };

/** Why a request counts as failed. */
export interface Failure {
  /** 0 when there was no answer. */
  readonly status: number;
  /** The server's, the operating system's, or one of ours. */
  readonly code: string;
  readonly message: string;
}

export interface FailureCount extends Failure {
  readonly count: number;
}

export interface Percentiles {
  readonly min: number;
  readonly mean: number;
  readonly p50: number;
  readonly p90: number;
  readonly p95: number;
  readonly p99: number;
  readonly max: number;
}

export interface Bucket {
  readonly fromMs: number;
  readonly toMs: number;
  readonly count: number;
}

export interface Interval {
  /** Seconds from the start to the interval's own. */
  readonly s: number;
  /** Successes a second. */
  readonly perS: number;
  /** Null when nothing succeeded in it. */
  readonly p50Ms: number | null;
  readonly failed: number;
}
