/** What this family adds to a model's plan: plain data, written by describe, read by pack and unpack. */
import type { ModelPlan } from '@shoal/worker-runtime/adapter';
import type { OutputFacts, OutputLayout } from './output-layout.ts';

export interface YoloLayout {
  readonly input: string;
  readonly inputType: 'float32' | 'float16';
  /** The frozen number of images a run, or null where any number may come. */
  readonly batch: number | null;
  readonly output: string;
  /** Null where the file leaves it open: then the first output's own dimensions decide, by the facts. */
  readonly outputLayout: OutputLayout | null;
  readonly facts: OutputFacts;
}

/** The layout of a plan that this family's describe has made. */
export function layoutOf(plan: ModelPlan): YoloLayout {
  return plan.layout as YoloLayout;
}
