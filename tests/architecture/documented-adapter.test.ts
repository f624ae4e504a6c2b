/** The worked example of `docs/adding-a-model.md` is real: the same text, and it passes the suite of every family. */
import { join } from 'node:path';
import {
  describeAdapter,
  testManifest,
  testModelPath,
} from '../../packages/worker-runtime/src/testing/index.ts';
import { repository } from '../support/service-process.ts';
import { checkRule } from './check-rule.ts';
import { adapter } from './documented-adapter.ts';
import type { Rule } from './project.ts';

const page = 'docs/adding-a-model.md';
const example = 'tests/architecture/documented-adapter.ts';

/** Line breaks aside, which the formatter sets by the length of the imports. */
const tight = (code: string): string => code.replaceAll(/\s+/g, '').replaceAll(/,(?=[})\]])/g, '');

const differs: Rule = (project) => {
  const code = project
    .read(example)
    .replace(/^\/\*\*.*\n/, '')
    .replaceAll('../../packages/vision/src/index.ts', '@shoal/vision')
    .replaceAll('../../packages/worker-runtime/src/adapter.ts', '@shoal/worker-runtime/adapter');
  return tight(project.read(page)).includes(tight(code))
    ? []
    : [`${page}: does not show ${example} as it is`];
};

checkRule(
  'the worked example of an adapter is the one that is tested',
  'an example that fails is worse than none',
  differs,
  [{ files: { [page]: '' }, found: `${page}: does not show` }],
);

/** Three boxes, scored by the contrast of the picture: something in every scene, nothing in a blank one. */
const modelPath = testModelPath({
  inputs: [{ name: 'pixels', type: 'float32', shape: ['batch', 3, 96, 96] }],
  outputs: [
    { name: 'boxes', type: 'float32', shape: ['batch', 3, 4] },
    { name: 'scores', type: 'float32', shape: ['batch', 3, 2] },
  ],
  nodes: [
    { op: 'ReduceMax', inputs: ['pixels'], outputs: ['high'], attributes: { axes: [1, 2, 3], keepdims: 0 } },
    { op: 'ReduceMin', inputs: ['pixels'], outputs: ['low'], attributes: { axes: [1, 2, 3], keepdims: 0 } },
    { op: 'Sub', inputs: ['high', 'low'], outputs: ['flat'] },
    { op: 'Reshape', inputs: ['flat', 'column'], outputs: ['contrast'] },
    { op: 'Mul', inputs: ['contrast', 'weights'], outputs: ['scores'] },
    { op: 'Mul', inputs: ['contrast', 'zero'], outputs: ['nothing'] },
    { op: 'Add', inputs: ['nothing', 'corners'], outputs: ['boxes'] },
  ],
  constants: [
    { name: 'column', type: 'int64', dims: [3], data: BigInt64Array.of(-1n, 1n, 1n) },
    { name: 'zero', type: 'float32', dims: [1, 1, 1], data: Float32Array.of(0) },
    { name: 'weights', type: 'float32', dims: [1, 3, 2], data: Float32Array.of(0.9, 0.02, 0.1, 0.8, 0.7, 0) },
    {
      name: 'corners',
      type: 'float32',
      dims: [1, 3, 4],
      data: Float32Array.of(0.3, 0.3, 0.5, 0.5, 0.5, 0.5, 0.7, 0.7, 0.31, 0.3, 0.5, 0.5),
    },
  ],
});

describeAdapter({
  name: 'the example of the documents',
  adapter,
  modelPath,
  manifest: testManifest({ adapter: 'ssd', labels: ['light', 'dark'] }),
  pictures: ['scene_2033_0_640x512.jpg', 'scene_2033_1_480x640.jpg'].map((name) =>
    join(repository, 'examples', name),
  ),
  redPlane: 0,
  fullValue: 1,
});
