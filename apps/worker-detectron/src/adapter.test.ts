import { fileURLToPath } from 'node:url';
import { describeAdapter } from '@shoal/worker-runtime/testing';
import { adapter } from './adapter.ts';

const root = fileURLToPath(new URL('../../../', import.meta.url));
const shared = fileURLToPath(new URL('../../../../shared/', import.meta.url));
const red = { redPlane: 2, fullValue: 255 } as const;

describeAdapter({
  adapter,
  modelDir: `${root}models/demo-detectron`,
  pictures: ['0_640x512', '1_480x640', '2_320x320', '3_320x256'].map(
    (scene) => `${root}examples/scene_2033_${scene}.jpg`,
  ),
  ...red,
});

for (const name of ['d2-retinanet', 'd2-fasterrcnn']) {
  describeAdapter({
    adapter,
    modelDir: `${shared}models/${name}`,
    pictures: ['shapes_0_320x256.png', 'shapes_3_640x512.png'].map(
      (file) => `${shared}images/shapes/${file}`,
    ),
    ...red,
  });
}
