/** A caller's options over the model's defaults, and class names to indices. */
import { ServiceError, type ModelRecord, type PredictionOptions } from '@shoal/shared/contract';
import type { DetectionOptions } from '../adapter.ts';
import { labelOf } from './label-of.ts';

/** The gateway has checked the names against the record that it knows; a worker of another version may differ. */
export function resolveOptions(
  options: PredictionOptions,
  record: Pick<ModelRecord, 'defaults' | 'labels'>,
): DetectionOptions {
  const { defaults, labels } = record;
  const resolved = {
    minScore: options.minScore ?? defaults.minScore,
    iou: options.iou ?? defaults.iou,
    maxDetections: options.maxDetections ?? defaults.maxDetections,
    classAgnostic: defaults.classAgnostic,
  };
  if (options.classes === undefined) return resolved;
  return { ...resolved, classIds: options.classes.map((name) => classIdOf(name, labels)) };
}

function classIdOf(name: string, labels: readonly string[]): number {
  const index = labels.indexOf(name);
  if (index >= 0) return index;
  const unnamed = /^class_(\d{1,6})$/.exec(name);
  if (unnamed && labelOf(Number(unnamed[1]), labels) === name) return Number(unnamed[1]);
  throw new ServiceError('options_invalid', `classes: the model has no class "${name}"`);
}
