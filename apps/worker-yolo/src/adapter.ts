/**
 * The family 'yolo': YOLOv5, v6 and v7, Ultralytics' v8 and later, and exports with the suppression inside. This file
 * only names the parts; like them it knows tensors and geometry, and nothing of files, queues or clocks.
 */
import type { ModelAdapter } from '@shoal/worker-runtime/adapter';
import { describeModel } from './describe-model.ts';
import { packImages } from './pack-images.ts';
import { unpackDetections } from './unpack-detections.ts';

export const adapter: ModelAdapter = {
  family: 'yolo',
  describe: describeModel,
  pack: packImages,
  unpack: unpackDetections,
};
