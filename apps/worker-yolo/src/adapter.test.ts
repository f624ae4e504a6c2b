import { fileURLToPath } from 'node:url';
import { describeAdapter } from '@shoal/worker-runtime/testing';
import { adapter } from './adapter.ts';

const root = fileURLToPath(new URL('../../../', import.meta.url));
const shared = fileURLToPath(new URL('../../../../shared/', import.meta.url));
const red = { redPlane: 0, fullValue: 1 } as const;

describeAdapter({
  adapter,
  modelDir: `${root}models/demo-yolo`,
  pictures: ['0_640x512', '1_480x640', '2_320x320', '3_320x256'].map(
    (scene) => `${root}examples/scene_2033_${scene}.jpg`,
  ),
  ...red,
});

for (const name of ['yolov5n-coco', 'yolov5n-coco-dynamic', 'yolov8n-coco']) {
  describeAdapter({
    adapter,
    modelDir: `${shared}models/${name}`,
    pictures: ['bus.jpg', 'zidane.jpg'].map((file) => `${shared}images/coco/${file}`),
    ...red,
  });
}
