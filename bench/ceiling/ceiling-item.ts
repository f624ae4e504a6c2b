/** What passes between the threads and the processes of the ceiling. */
import type { DetectionOptions, Manifest } from '../../packages/worker-runtime/src/adapter.ts';
import type { Geometry, ResizePlan, RgbImage } from '../../packages/vision/src/index.ts';

export interface CeilingThreadData {
  readonly modelPath: string;
  readonly manifest: Manifest;
  readonly intraOpThreads: number;
  readonly options: DetectionOptions;
}

export interface CeilingItem {
  readonly id: number;
  readonly view: RgbImage;
  readonly geometry: Geometry;
}

export type CeilingThreadReply =
  { readonly resize: ResizePlan } | { readonly id: number; readonly found: number };

/** Inference threads, and threads of the runtime in each of them. */
export interface Threading {
  readonly threads: number;
  readonly intraOpThreads: number;
}

export interface CeilingRequest extends Threading {
  readonly picture: string;
  /** Pictures that are decoded or computed at the same time. */
  readonly inFlight: number;
  readonly seconds: number;
}

export interface CeilingFigures {
  readonly perS: number;
  readonly p50Ms: number;
  readonly cpuMsPerImage: number;
  /** Of the last picture: so that whoever reads it knows that something was computed. */
  readonly found: number;
}
