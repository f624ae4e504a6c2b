/**
 * The family 'detectron': Detectron2's detectors as its tracing export writes them. This file only names the parts;
 * like them it knows tensors and geometry, and nothing of files, queues or clocks.
 */
import type { ModelAdapter } from '@shoal/worker-runtime/adapter';
import { describeModel } from './describe-model.ts';
import { mergeViews } from './merge-views.ts';
import { packImages } from './pack-images.ts';
import { unpackDetections } from './unpack-detections.ts';

export const adapter: ModelAdapter = {
  family: 'detectron',
  describe: describeModel,
  pack: packImages,
  unpack: unpackDetections,
  merge: mergeViews,
};
