/**
 * What this gateway counts, and the figures of the installation that it shows; the only file of the gateway that imports
 * the metrics library. Every prediction is counted where its end was written first: what a gateway ended here, what a
 * worker answered there, so that sums over all processes are true. Labels are names that were looked up, never what a
 * caller sent.
 */
import { Counter, Gauge, Histogram, Registry, collectDefaultMetrics } from '@prometheus-io/client';
import type { ErrorCode } from '@shoal/shared/contract';
import type { FiguresReader, InstallationFigures, ModelFigures } from './installation-figures.ts';
import { webhookOutcomes, type WebhookOutcome } from './webhooks/webhooks.ts';

export interface ModelLabels {
  readonly model: string;
  readonly version: string;
}

const modelLabels = ['model', 'version'] as const;
const ofAll = 'Of the whole installation, and the same from every gateway: take max(), not sum().';

/** What can stop a request before it is a prediction: begun at zero, or a first one would be no increase. */
const refusalCodes: readonly ErrorCode[] = [
  'upload_missing',
  'options_invalid',
  'unauthorized',
  'model_unknown',
  'upload_timeout',
  'upload_too_large',
  'media_type_unsupported',
  'rate_limited',
  'overloaded',
  'model_unavailable',
  'redis_unavailable',
  'shutting_down',
  'internal',
];

export class GatewayMetrics {
  readonly #registry = new Registry();
  readonly #figures: FiguresReader;
  readonly #registers = [this.#registry];
  readonly #modelsSeen = new Set<string>();
  readonly #ofAll: Gauge<string>[] = [];

  readonly #accepted = new Counter({
    name: 'shoal_predictions_accepted_total',
    help: 'Predictions that this gateway put into a queue. Each ends as one success or one failure, here or at a worker.',
    labelNames: modelLabels,
    registers: this.#registers,
  });
  readonly #failures = new Counter({
    name: 'nv_inference_request_failure',
    help: 'Accepted predictions that ended without detections, by the error code of their answer, where it was written first.',
    labelNames: [...modelLabels, 'reason'] as const,
    registers: this.#registers,
  });
  readonly #refusals = new Counter({
    name: 'shoal_refusals_total',
    help: 'Requests for a prediction that were refused before they were accepted, by error code; with a model if it was known by then.',
    labelNames: ['reason', 'model'] as const,
    registers: this.#registers,
  });
  readonly #requests = new Histogram({
    name: 'shoal_http_request_duration_seconds',
    help: 'Requests for a prediction by route and status ("left" when the caller did not wait), from their first byte to the last of the answer.',
    labelNames: ['route', 'status'] as const,
    buckets: [0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60],
    registers: this.#registers,
  });

  readonly #waiting = this.#ofInstallation(
    'nv_inference_pending_request_count',
    'Accepted predictions that no worker has taken yet.',
    modelLabels,
  );
  readonly #active = this.#ofInstallation(
    'shoal_queue_active_jobs',
    'Predictions that a worker has taken.',
    modelLabels,
  );
  readonly #unanswered = this.#ofInstallation(
    'shoal_queue_unanswered_jobs',
    'Accepted predictions without an answer, by the ledger.',
    modelLabels,
  );
  readonly #bytes = this.#ofInstallation(
    'shoal_queue_bytes',
    'Bytes of pictures that wait for their answer, by the ledger.',
    modelLabels,
  );
  readonly #oldest = this.#ofInstallation(
    'shoal_queue_oldest_seconds',
    'How long the oldest prediction that no worker has taken waits.',
    modelLabels,
  );
  readonly #failed = this.#ofInstallation(
    'shoal_queue_failed_jobs',
    'Jobs in the failed set, where those lie that no worker could end.',
    modelLabels,
  );
  readonly #quarantinedPictures = this.#ofInstallation(
    'shoal_quarantined_pictures',
    'Pictures that were given up because workers died with them, and are kept for the operator.',
    ['model'],
  );
  readonly #quarantinedBytes = this.#ofInstallation('shoal_quarantined_bytes', 'Bytes of such pictures.', [
    'model',
  ]);
  readonly #workers = this.#ofInstallation('shoal_workers', 'Live workers by state.', ['model', 'state']);
  readonly #webhooks = new Counter({
    name: 'shoal_webhooks_total',
    help: 'Attempts to deliver a webhook, by what became of them.',
    labelNames: ['outcome'] as const,
    registers: this.#registers,
  });
  readonly #redisUsed = this.#ofInstallation('shoal_redis_memory_used_bytes', 'Memory that Redis uses.');
  readonly #redisMax = this.#ofInstallation(
    'shoal_redis_memory_max_bytes',
    'Memory that Redis may use; 0 when there is no limit.',
  );
  readonly #redisUp = new Gauge({
    name: 'shoal_redis_up',
    help: 'Whether Redis answers this gateway: 1 or 0.',
    registers: this.#registers,
  });

  constructor(figures: FiguresReader, load: { readonly inFlight: number }) {
    this.#figures = figures;
    const inFlight: Gauge = new Gauge({
      name: 'shoal_requests_in_flight',
      help: 'Requests for a prediction between their first byte and their answer, in this gateway.',
      registers: this.#registers,
      collect: () => inFlight.set(load.inFlight),
    });
    for (const reason of refusalCodes) this.#refusals.inc({ reason, model: '' }, 0);
    for (const outcome of webhookOutcomes) this.#webhooks.inc({ outcome }, 0);
    // As often as the library does it by itself, an idle service would do little else.
    collectDefaultMetrics({
      register: this.#registry,
      eventLoopMonitoringPrecision: 100,
      eventLoopUtilizationTimeout: 1_000,
    });
  }

  get contentType(): string {
    return this.#registry.contentType;
  }

  accepted(labels: ModelLabels): void {
    this.#accepted.inc(labels);
    const key = `${labels.model} ${labels.version}`;
    if (this.#modelsSeen.has(key)) return;
    this.#modelsSeen.add(key);
    for (const reason of ['deadline_exceeded', 'canceled'] satisfies ErrorCode[]) {
      this.#failures.inc({ ...labels, reason }, 0);
    }
    for (const reason of ['overloaded', 'model_unavailable', 'redis_unavailable'] satisfies ErrorCode[]) {
      this.#refusals.inc({ reason, model: labels.model }, 0);
    }
  }

  /** An accepted prediction was ended by this gateway, and nobody had answered it before. */
  failed({ model, version }: ModelLabels, reason: ErrorCode): void {
    this.#failures.inc({ model, version, reason });
  }

  /** `model` is the name of one that exists. */
  refused(reason: ErrorCode, model = ''): void {
    this.#refusals.inc({ reason, model });
  }

  webhook(outcome: WebhookOutcome): void {
    this.#webhooks.inc({ outcome });
  }

  /** Without a status when the caller left before the answer. */
  answered(route: string, status: number | undefined, seconds: number): void {
    this.#requests.observe({ route, status: status ?? 'left' }, seconds);
  }

  /** Everything, in the text format of Prometheus. Without Redis the installation's figures are left out. */
  async render(): Promise<string> {
    this.#show(await this.#figures.read());
    return this.#registry.metrics();
  }

  #show(figures: InstallationFigures | undefined): void {
    for (const gauge of this.#ofAll) {
      // What is gone must not stay as it was; a gauge without labels would be reset to a 0 that nobody measured.
      gauge.reset();
      gauge.remove({});
    }
    this.#redisUp.set(figures === undefined ? 0 : 1);
    if (figures === undefined) return;
    this.#redisUsed.set(figures.memory.usedBytes);
    this.#redisMax.set(figures.memory.maxBytes);
    for (const model of figures.models) this.#showModel(model);
    for (const [model, { pictures, bytes }] of figures.quarantine) {
      this.#quarantinedPictures.set({ model }, pictures);
      this.#quarantinedBytes.set({ model }, bytes);
    }
  }

  #showModel({ model, version, queue, accepted, workers }: ModelFigures): void {
    const labels = { model, version };
    this.#waiting.set(labels, queue.waiting);
    this.#active.set(labels, queue.active);
    this.#oldest.set(labels, queue.oldestMs / 1000);
    this.#failed.set(labels, queue.failed);
    this.#unanswered.set(labels, accepted.jobs);
    this.#bytes.set(labels, accepted.bytes);
    this.#quarantinedPictures.set({ model }, 0);
    this.#quarantinedBytes.set({ model }, 0);
    for (const [state, count] of Object.entries(workers)) this.#workers.set({ model, state }, count);
  }

  #ofInstallation(name: string, what: string, labelNames: readonly string[] = []): Gauge<string> {
    const gauge = new Gauge({ name, help: `${what} ${ofAll}`, labelNames, registers: this.#registers });
    this.#ofAll.push(gauge);
    return gauge;
  }
}
