/** The zoo: every entry is a manifest that a worker would take, and has no weights beside it. */
import { planResize as planShortestEdge } from '../../apps/worker-detectron/src/plan-resize.ts';
import { planResize as planLetterbox } from '../../apps/worker-yolo/src/plan-resize.ts';
import type { Manifest } from '../../packages/shared/src/contract/index.ts';
import { parseManifest } from '../../packages/worker-runtime/src/model-folder/parse-manifest.ts';
import { checkRule } from './check-rule.ts';
import { tableBelow } from './documents.ts';
import type { Project, Rule } from './project.ts';

const entriesOf = (project: Project): readonly string[] =>
  [...new Set(project.paths.flatMap((path) => /^zoo\/([^/]+)\//.exec(path)?.[1] ?? []))].sort();

const textOf = (project: Project, path: string): string => (project.has(path) ? project.read(path) : '');

function manifestOf(project: Project, name: string): Manifest | readonly string[] {
  const parsed = parseManifest(textOf(project, `zoo/${name}/model.yaml`));
  return 'manifest' in parsed ? parsed.manifest : parsed.problems;
}

const isManifest = (found: Manifest | readonly string[]): found is Manifest => !Array.isArray(found);

/** Checkpoints of YOLO carry the names of their classes; those of Detectron2 do not. */
const hasNames = (weights: Manifest['weights']): boolean =>
  weights?.format === 'yolov5' || weights?.format === 'ultralytics';

/** Heads that tell more classes apart than were trained. */
const trainedClasses: Readonly<Record<string, number>> = { 'mbari-benthic-supercategory': 20 };

function problemsOf(project: Project, name: string): readonly string[] {
  const manifest = manifestOf(project, name);
  if (!isManifest(manifest)) return manifest;
  const { labels, weights, license, source, adapter, input } = manifest;
  const names =
    typeof labels === 'string' ? textOf(project, `zoo/${name}/${labels}`).trimEnd().split('\n') : [];
  const classes = trainedClasses[name] ?? weights?.classes;
  const problems = [
    manifest.name === name ? '' : `is called ${manifest.name}`,
    license === undefined ? 'has no licence' : '',
    source === undefined ? 'has no source' : '',
    weights?.url.startsWith('https://') === true ? '' : 'does not say where its weights are',
    weights?.classes === undefined ? 'does not say how many classes its head has' : '',
    weights?.format === 'detectron2' && weights.config === undefined ? 'has no configuration' : '',
    names.length === classes || (labels === undefined && hasNames(weights))
      ? ''
      : `has ${names.length} labels for ${classes} classes`,
    new Set(names).size === names.length ? '' : 'has a label twice',
    names.some((label) => label.trim() !== label || label === '') ? 'has a label with blanks around it' : '',
    // The exporter knows the digest of what is served; here it would be one of a file that nobody has.
    manifest.sha256 === undefined ? '' : 'has the digest of an ONNX file',
  ];
  try {
    // Free axes, as the export leaves them.
    if (adapter === 'yolo') planLetterbox(null, null, {}, input);
    else planShortestEdge(null, null, input);
  } catch (error) {
    problems.push((error as Error).message);
  }
  return problems.filter((problem) => problem !== '');
}

const brokenEntries: Rule = (project) =>
  entriesOf(project).flatMap((name) => problemsOf(project, name).map((problem) => `zoo/${name}: ${problem}`));

const coco = { 'zoo/plant/labels.txt': 'crab\nfish\n' };
const planted = (more: string): string =>
  `name: plant\nadapter: yolo\nlicense: MIT\nsource: somebody\nlabels: labels.txt\nweights:\n  url: https://example.org/a.pt\n  format: yolov5\n${more}`;

checkRule('every entry of the zoo can be pulled and served', 'a zoo is pulled from unseen', brokenEntries, [
  { files: { ...coco, 'zoo/plant/model.yaml': 'name: plant\n' }, found: 'zoo/plant: adapter: expected text' },
  {
    files: { ...coco, 'zoo/plant/model.yaml': planted('  classes: 3\n') },
    found: 'has 2 labels for 3 classes',
  },
  {
    files: {
      'zoo/plant/model.yaml': planted('  classes: 2\n')
        .replace('labels: labels.txt', '')
        .replace('yolov5', 'detectron2'),
    },
    found: 'has 0 labels for 2 classes',
  },
  {
    files: {
      ...coco,
      'zoo/plant/model.yaml': planted('  classes: 2\n').replace('MIT', '').replace('license: ', '#'),
    },
    found: 'zoo/plant: has no licence',
  },
  {
    files: {
      ...coco,
      'zoo/plant/model.yaml': planted('  classes: 2\n').replace('name: plant', 'name: other'),
    },
    found: 'zoo/plant: is called other',
  },
  {
    files: {
      ...coco,
      'zoo/plant/model.yaml': `${planted('  classes: 2\n')}input: { width: 650, stride: 32 }\n`,
    },
    found: 'not a multiple of the model',
  },
]);

const foreignFiles: Rule = (project) =>
  project.paths
    .filter((path) => path.startsWith('zoo/') && path !== 'zoo/README.md')
    .filter((path) => !/^zoo\/[^/]+\/(?:model\.yaml|labels\.txt)$/.test(path))
    .map((path) => `${path}: the zoo holds manifests and labels only`);

checkRule('no weights are in the zoo', 'their licences are not ours to pass on', foreignFiles, [
  { files: { 'zoo/yolov5n/model.onnx': 'x' }, found: 'zoo/yolov5n/model.onnx' },
  { files: { 'zoo/yolov5n/yolov5n.pt': 'x' }, found: 'zoo/yolov5n/yolov5n.pt' },
]);

const document = 'zoo/README.md';

const rowOf = (manifest: Manifest): string =>
  [
    manifest.name,
    manifest.title ?? '',
    String(manifest.weights?.classes ?? ''),
    describeInput(manifest.input),
    manifest.license ?? '',
    manifest.weights?.sha256 !== undefined ? 'SHA-256' : manifest.weights?.md5 !== undefined ? 'MD5' : '',
  ].join(' | ');

function describeInput({ fit, sizes, scales, width, height }: Manifest['input']): string {
  if (scales !== undefined)
    return scales.map(({ shortEdge, longEdgeMax }) => `${shortEdge}/${longEdgeMax}`).join(', ');
  if (sizes === undefined) return fit === 'letterbox-min' ? `up to ${width}x${height}` : `${width}x${height}`;
  return sizes
    .map(
      (size) =>
        `${size.width}x${size.height}${size.aboveHeight === undefined ? '' : ` above ${size.aboveHeight} px`}`,
    )
    .join(', else ');
}

const tableOfZoo: Rule = (project) => {
  const expected = entriesOf(project)
    .map((name) => manifestOf(project, name))
    .filter(isManifest)
    .map(rowOf);
  const there = tableBelow(project, document, 'The models').map((cells) => cells.join(' | '));
  return [
    ...expected.filter((row) => !there.includes(row)).map((row) => `${document}: misses ${row}`),
    ...there.filter((row) => !expected.includes(row)).map((row) => `${document}: invents ${row}`),
  ];
};

checkRule(
  'the table of the zoo is what the manifests say',
  'a list in two places is a list that differs',
  tableOfZoo,
  [
    { files: { [document]: '# The models\n' }, found: `${document}: misses` },
    {
      files: {
        [document]:
          '# The models\n\n| a | b | c | d | e | f |\n| - | - | - | - | - | - |\n| x | y | 1 | 2 | 3 | 4 |\n',
      },
      found: `${document}: invents x`,
    },
  ],
);
