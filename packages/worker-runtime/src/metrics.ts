/**
 * What this worker counts; the only file of the runtime that imports the metrics library. A prediction is counted here
 * when this worker's answer was the first that was written, and a redelivery when it begins, so that sums over all
 * processes are true. A worker serves one model, whose name and version are on everything.
 */
import { Counter, Gauge, Histogram, Registry, collectDefaultMetrics } from '@prometheus-io/client';
import type { ErrorCode, Result, Timings } from '@shoal/shared/contract';

/**
 * `alone`: it was with a worker that died, and runs with nothing else in flight. `set_aside`: workers died with it alone,
 * and it was given up. `retry`: it failed in order, and is delivered again.
 */
export type Redelivery = 'alone' | 'set_aside' | 'retry';

const labelNames = ['model', 'version'] as const;
const reasonLabels = [...labelNames, 'reason'] as const;
const kindLabels = [...labelNames, 'kind'] as const;

/** Begun at zero, or the first one would be no increase. */
const failureCodes: readonly ErrorCode[] = [
  'image_undecodable',
  'image_too_large',
  'options_invalid',
  'upload_lost',
  'deadline_exceeded',
  'model_failed',
];
const redeliveries: readonly Redelivery[] = ['alone', 'set_aside', 'retry'];

/** From a decoded thumbnail to a picture that waited for its whole deadline, in seconds. */
const buckets = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30];

/** What the timings of an answer are called here. */
const steps = {
  queueMs: ['shoal_queue_duration_seconds', 'From the acceptance to a worker.'],
  decodeMs: ['shoal_decode_duration_seconds', 'From bytes to pixels at the size of the model.'],
  batchMs: ['shoal_batch_wait_duration_seconds', 'From pixels to the start of their batch.'],
  inferMs: [
    'shoal_inference_duration_seconds',
    'In the session, for the whole batch that the picture was in.',
  ],
  unpackMs: ['shoal_unpack_duration_seconds', 'From tensors to detections, for the whole batch.'],
  totalMs: ['shoal_prediction_duration_seconds', 'From the acceptance to the answer.'],
} as const satisfies Record<keyof Timings, readonly [name: string, help: string]>;

export class WorkerMetrics {
  readonly #registry = new Registry();
  readonly #registers = [this.#registry];
  readonly #labels: { readonly model: string; readonly version: string };

  readonly #successes = new Counter({
    name: 'nv_inference_request_success',
    help: 'Accepted predictions that were answered with detections, where the answer was written first.',
    labelNames,
    registers: this.#registers,
  });
  readonly #failures = new Counter({
    name: 'nv_inference_request_failure',
    help: 'Accepted predictions that ended without detections, by the error code of their answer, where it was written first.',
    labelNames: reasonLabels,
    registers: this.#registers,
  });
  readonly #inferences = new Counter({
    name: 'nv_inference_count',
    help: 'Pictures that went into a batch; one that is delivered again counts again.',
    labelNames,
    registers: this.#registers,
  });
  readonly #executions = new Counter({
    name: 'nv_inference_exec_count',
    help: 'Batches that were computed.',
    labelNames,
    registers: this.#registers,
  });
  readonly #batchSizes = new Histogram({
    name: 'shoal_batch_size',
    help: 'Pictures in a batch.',
    labelNames,
    buckets: [1, 2, 4, 8, 16, 32, 64, 128, 256],
    registers: this.#registers,
  });
  readonly #redeliveries = new Counter({
    name: 'shoal_redeliveries_total',
    help: 'Jobs that came to this worker again, or that it sends back, by what becomes of them.',
    labelNames: kindLabels,
    registers: this.#registers,
  });
  readonly #inFlight = new Gauge({
    name: 'shoal_jobs_in_flight',
    help: 'Jobs that this worker has taken and not ended.',
    labelNames,
    registers: this.#registers,
  });
  readonly #durations = Object.entries(steps).map(([timing, [name, help]]) => ({
    timing: timing as keyof Timings,
    histogram: new Histogram({
      name,
      help: `Time of a successful prediction: ${help.charAt(0).toLowerCase()}${help.slice(1)}`,
      labelNames,
      buckets,
      registers: this.#registers,
    }),
  }));

  constructor(model: string, version: string) {
    this.#labels = { model, version };
    for (const counter of [this.#successes, this.#inferences, this.#executions]) counter.inc(this.#labels, 0);
    for (const reason of failureCodes) this.#failures.inc({ ...this.#labels, reason }, 0);
    for (const kind of redeliveries) this.#redeliveries.inc({ ...this.#labels, kind }, 0);
    for (const { histogram } of [...this.#durations, { histogram: this.#batchSizes }]) {
      histogram.zero(this.#labels);
    }
    this.#inFlight.set(this.#labels, 0);
  }

  get contentType(): string {
    return this.#registry.contentType;
  }

  /** Adds figures of the process and its event loop, which are not free: for a worker that somebody asks. */
  watchProcess(): void {
    // As often as the library does it by itself, an idle service would do little else.
    collectDefaultMetrics({
      register: this.#registry,
      eventLoopMonitoringPrecision: 100,
      eventLoopUtilizationTimeout: 1_000,
    });
  }

  /** In the text format of Prometheus. */
  render(): Promise<string> {
    return this.#registry.metrics();
  }

  began(): void {
    this.#inFlight.inc(this.#labels);
  }

  left(): void {
    this.#inFlight.dec(this.#labels);
  }

  /** The answer of this worker became the answer. */
  answered(result: Result): void {
    if (result.status !== 'succeeded') {
      this.#failures.inc({ ...this.#labels, reason: result.error.code });
      return;
    }
    this.#successes.inc(this.#labels);
    for (const { timing, histogram } of this.#durations) {
      histogram.observe(this.#labels, result.timings[timing] / 1000);
    }
  }

  computed(pictures: number): void {
    this.#inferences.inc(this.#labels, pictures);
    this.#executions.inc(this.#labels);
    this.#batchSizes.observe(this.#labels, pictures);
  }

  redelivered(kind: Redelivery): void {
    this.#redeliveries.inc({ ...this.#labels, kind });
  }
}
