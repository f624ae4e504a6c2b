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
}

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

export interface RunRequest {
  readonly type: 'run';
  readonly batchId: number;
  readonly items: readonly InferenceInput[];
}

export type InferenceOutcome =
  | { readonly ok: true; readonly detections: readonly Detection[] }
  | { readonly ok: false; readonly error: string };

export type ThreadReply =
  | { readonly type: 'ready'; readonly plan: ModelPlan }
  | { readonly type: 'unfit'; readonly reason: string }
  | {
      readonly type: 'done';
      readonly batchId: number;
      readonly outcomes: readonly InferenceOutcome[];
      /** Of the whole batch, in milliseconds. */
      readonly inferMs: number;
      readonly unpackMs: number;
    };
