/** What the main thread and an inference thread say to each other. Pixels are transferred, never copied. */
import type { Manifest } from '@shoal/shared/contract';
import type { Geometry, RgbImage } from '@shoal/vision';
import type { Detection, DetectionOptions, ModelPlan } from '../adapter.ts';

/** As CUDA numbers its devices. */
export type Device = 'cpu' | `cuda:${number}`;

export interface InferenceThreadData {
  readonly modelPath: string;
  readonly manifest: Manifest;
  readonly device: Device;
  /** Threads inside the session; 0 lets the runtime choose. */
  readonly intraOpThreads: number;
  /** What the first thread has found out; until then, what the operator has set. */
  readonly batching: Batching | { readonly wanted: number | undefined };
}

export interface Batching {
  /** Pictures in one run. */
  readonly max: number;
  /** The only numbers of pictures that a session sees, rising; empty: any up to `max`. */
  readonly sizes: readonly number[];
}

/** Of the sessions of a thread: the one that it always has, or the one on all cores. */
export type Width = 'narrow' | 'wide';

/** One picture: as many views as its plan has scales. */
export interface InferenceInput {
  readonly views: readonly RgbImage[];
  readonly geometries: readonly Geometry[];
  readonly options: DetectionOptions;
}

/** Ends a thread from the inside: one that is torn down while native code runs takes the process with it. */
export interface CloseRequest {
  readonly type: 'close';
}

/** Opens one more session; answered with `widened`. */
export interface WidenRequest {
  readonly type: 'widen';
  readonly intraOpThreads: number;
}

export interface RunRequest {
  readonly type: 'run';
  readonly batchId: number;
  /** Wide only in a thread that was widened. */
  readonly width: Width;
  readonly items: readonly InferenceInput[];
}

export type InferenceOutcome =
  | { readonly ok: true; readonly detections: readonly Detection[] }
  | { readonly ok: false; readonly error: string };

export type ThreadReply =
  /** With the plan's `maxBatch` as it was chosen, and in words what could not be had. */
  | {
      readonly type: 'ready';
      readonly plan: ModelPlan;
      readonly batching: Batching;
      readonly notes: readonly string[];
    }
  /** `problem`: why there is no wide session. */
  | { readonly type: 'widened'; readonly problem?: string }
  | { readonly type: 'unfit'; readonly reason: string }
  | {
      readonly type: 'done';
      readonly batchId: number;
      readonly width: Width;
      readonly outcomes: readonly InferenceOutcome[];
      /** Of the whole batch, in milliseconds. */
      readonly inferMs: number;
      readonly unpackMs: number;
    };
