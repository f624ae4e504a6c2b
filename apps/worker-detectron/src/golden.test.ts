import { fileURLToPath } from 'node:url';
import { describeGolden } from '@shoal/worker-runtime/testing';
import { adapter } from './adapter.ts';

const shared = fileURLToPath(new URL('../../../../shared/', import.meta.url));

for (const name of ['d2-retinanet', 'd2-fasterrcnn']) {
  describeGolden({
    adapter,
    modelDir: `${shared}models/${name}`,
    goldenPath: `${shared}golden/${name}.json`,
    imagesDir: `${shared}images`,
    scoreMin: 0.5,
    iou: 0.5,
    pixelTolerance: 3,
    scoreTolerance: 0.02,
  });
}
