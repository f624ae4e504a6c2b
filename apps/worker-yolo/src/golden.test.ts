import { fileURLToPath } from 'node:url';
import { describeGolden } from '@shoal/worker-runtime/testing';
import { adapter } from './adapter.ts';

const shared = fileURLToPath(new URL('../../../../shared/', import.meta.url));

for (const name of ['yolov5n-coco', 'yolov5n-coco-dynamic']) {
  describeGolden({
    adapter,
    modelDir: `${shared}models/${name}`,
    goldenPath: `${shared}golden/yolov5n-coco.json`,
    imagesDir: `${shared}images`,
    scoreMin: 0.25,
    iou: 0.45,
    pixelTolerance: 2,
    scoreTolerance: 0.02,
  });
}
