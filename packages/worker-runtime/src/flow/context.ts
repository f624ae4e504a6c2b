/** What the steps of the worker's flow share: the ready model and the ways out. Made once, when the worker starts. */
import type { Job, ModelRecord, PredictionOptions } from '@shoal/shared/contract';
import type { ExchangeStore } from '@shoal/shared/redis';
import type { Logger } from '@shoal/shared/service';
import type { Detection, DetectionOptions, ModelPlan } from '../adapter.ts';
import type { Batcher, BatchItem } from '../batcher.ts';
import type { Endings } from '../endings.ts';
import type { Gate } from '../gate.ts';
import type { WorkerMetrics } from '../metrics.ts';
import type { Pace } from '../pace.ts';
import type { DecodedImage } from './decode-image.ts';
import type { Quarantine } from './set-aside.ts';

export interface InferenceItem extends BatchItem, Pick<DecodedImage, 'views' | 'geometries'> {
  readonly options: DetectionOptions;
}

export interface InferenceOutput {
  readonly detections: readonly Detection[];
  readonly inferMs: number;
  readonly unpackMs: number;
}

export interface WorkerContext {
  readonly exchange: ExchangeStore;
  readonly quarantine: Quarantine;
  readonly gate: Gate;
  readonly batcher: Batcher<InferenceItem, InferenceOutput>;
  readonly plan: ModelPlan;
  readonly record: ModelRecord;
  readonly device: string;
  /** Step 8; throws `ImageError`. */
  readonly decode: (
    bytes: Uint8Array,
    options?: Pick<PredictionOptions, 'allowTruncated'>,
  ) => Promise<DecodedImage>;
  readonly endings: Endings;
  readonly pace: Pace;
  readonly metrics: WorkerMetrics;
  readonly log: Logger;
  readonly now: () => number;
}

/** One delivery of a job: BullMQ may deliver the same job again. */
export interface Delivery {
  readonly job: Job;
  /** No further delivery follows if this one fails in an orderly way. */
  readonly isLast: boolean;
}
