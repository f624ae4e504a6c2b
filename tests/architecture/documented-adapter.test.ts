/** The worked example of `docs/adding-a-model.md` is real: the same text, and it passes the suite of every family. */
import { join } from 'node:path';
import {
  describeAdapter,
  testManifest,
  testModelPath,
} from '../../packages/worker-runtime/src/testing/index.ts';
import { lightsGraph } from '../support/lights-model.ts';
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

const modelPath = testModelPath(lightsGraph);

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
