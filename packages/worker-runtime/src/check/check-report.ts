/** What a check found in a folder: plain data, as `--json` prints it. What could not be found out is absent. */
import type { FixedOption, ModelDefaults } from '@shoal/shared/contract';
import type { ImageBox, ResizePlan } from '@shoal/vision';
import type { TensorInfo } from '../adapter.ts';
import type { ResolvedManifest } from '../model-folder/index.ts';

export interface CheckReport {
  readonly folder: string;
  readonly isServable: boolean;
  /** Why it cannot be served, in the words of a worker and of the start. */
  readonly problems: readonly string[];
  /** What is worth knowing and prevents nothing. */
  readonly notes: readonly string[];
  readonly file?: FileFindings;
  /** Defaults filled in; absent where there is no `model.yaml`, or a faulty one. */
  readonly manifest?: ResolvedManifest;
  readonly plan?: PlanFindings;
  readonly run?: RunFindings;
}

/** What the file says of itself. */
export interface FileFindings {
  readonly name: string;
  readonly bytes: number;
  readonly sha256?: string;
  readonly producer?: string;
  readonly inputs: readonly TensorInfo[];
  readonly outputs: readonly TensorInfo[];
  readonly metadata: Readonly<Record<string, string>>;
}

/** What a worker makes of file and manifest. */
export interface PlanFindings {
  readonly family: string;
  readonly version: string;
  readonly resize: ResizePlan;
  readonly channels: 'rgb' | 'bgr';
  readonly maxBatch: number;
  /** Pictures in a run that was compared with as many runs of one: 1 where there was nothing to compare. */
  readonly comparedBatch: number;
  readonly labels: readonly string[];
  readonly classCount?: number;
  readonly defaults: ModelDefaults;
  readonly fixedOptions: readonly FixedOption[];
}

export interface FoundObject {
  readonly label: string;
  readonly classId: number;
  /** 0 to 1. */
  readonly score: number;
  /** In pixels of the upright picture. */
  readonly box: ImageBox;
}

export interface RunFindings {
  /** The file's path as it was given; absent for the built-in scene. */
  readonly image?: string;
  readonly width: number;
  readonly height: number;
  /** On the CPU, with as many threads as the runtime likes. */
  readonly timings: { readonly decodeMs: number; readonly inferMs: number; readonly unpackMs: number };
  readonly detections: readonly FoundObject[];
  /** The file that the boxes were drawn into. */
  readonly drawnTo?: string;
}
