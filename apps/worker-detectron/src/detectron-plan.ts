/** What this family adds to a model's plan: plain data, written by describe, read by pack and unpack. */
import type { ModelPlan } from '@shoal/worker-runtime/adapter';

export interface DetectronLayout {
  readonly input: string;
  readonly inputType: 'float32' | 'uint8';
  /** Names of outputs: the exporter's own are automatic, so they are found by position and type. */
  readonly boxes: string;
  readonly classes: string;
  readonly scores: string;
}

/** The layout of a plan that this family's describe has made. */
export function layoutOf(plan: ModelPlan): DetectronLayout {
  return plan.layout as DetectronLayout;
}
