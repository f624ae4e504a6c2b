/** The models that deploy/kubernetes serves, and by what their workers are scaled. Needs nothing of Kubernetes. */
import { join } from 'node:path';
import { modelRecordTtlMs } from '../../packages/shared/src/contract/index.ts';
import { parseManifest } from '../../packages/worker-runtime/src/model-folder/parse-manifest.ts';
import { checkRule } from './check-rule.ts';
import { at, edited, kustomizationsOf, listAt, manifestsOf, settingsOf, textAt } from './kubernetes.ts';
import type { Project, Rule } from './project.ts';

interface ServedModel {
  readonly path: string;
  readonly model: string;
  readonly family: string;
}

function servedModels(project: Project): readonly ServedModel[] {
  return kustomizationsOf(project).flatMap(({ path, content }) => {
    const model = listAt(content, 'labels')
      .map((label) => at(label, 'pairs', 'shoal/model'))
      .find((found) => found !== undefined);
    if (model === undefined) return [];
    const image = textAt(content, 'images', 0, 'newName');
    return [{ path, model: textAt(model), family: image.replace('shoal/worker-', '') }];
  });
}

const strangeModels: Rule = (project) =>
  servedModels(project).flatMap(({ path, model, family }) => {
    const manifest = manifestOf(project, model);
    if (manifest === undefined) return [`${path}: there is no models/${model}/model.yaml`];
    return manifest.adapter === family
      ? []
      : [`${path}: ${model} needs a worker for ${manifest.adapter}, not ${family}`];
  });

function manifestOf(project: Project, model: string) {
  const path = join('models', model, 'model.yaml');
  if (!project.has(path)) return undefined;
  const parsed = parseManifest(project.read(path));
  return 'problems' in parsed ? undefined : parsed.manifest;
}

checkRule(
  'every model that is deployed is here, with its family',
  'its pod would never be ready',
  strangeModels,
  [
    {
      files: edited('base/demo-yolo/kustomization.yaml', 'shoal/model: demo-yolo', 'shoal/model: reef'),
      found: 'there is no models/reef/model.yaml',
    },
    {
      files: edited('base/demo-yolo/kustomization.yaml', 'shoal/worker-yolo', 'shoal/worker-detectron'),
      found: 'demo-yolo needs a worker for yolo, not detectron',
    },
  ],
);

const taking = 'Math.max(4, 2 * engine.lanes * engine.plan.maxBatch)';

/** What a worker takes at a time: two pictures for each of its threads, which are as many as its processors; never less than four. */
const jobsTakenMax = (project: Project): number =>
  Math.max(4, 2 * Math.floor(Number(/^ +cpu: '([\d.]+)'$/m.exec(limitsOfWorker(project))?.[1])));

function limitsOfWorker(project: Project): string {
  return project.read('deploy/kubernetes/base/worker/worker.yaml').split('limits:')[1] ?? '';
}

const wrongScaling: Rule = (project) => {
  const graceMs = settingsOf(project, 'keda')['SHOAL_MODEL_GRACE_MS'];
  const scaled = manifestsOf(project).filter(({ kind }) => kind === 'ScaledObject');
  return [
    ...(project.read('packages/worker-runtime/src/serve-model.ts').includes(taking)
      ? []
      : ['components/keda: a worker no longer takes what the targets are made of']),
    ...(graceMs === String(modelRecordTtlMs)
      ? []
      : [`components/keda: SHOAL_MODEL_GRACE_MS is ${graceMs}, and a record lives for ${modelRecordTtlMs}`]),
    ...servedModels(project)
      .filter(({ model }) => !scaled.some(({ name }) => name === `worker-${model}`))
      .map(({ model }) => `components/keda: nothing scales worker-${model}`),
    ...scaled.flatMap(({ path, name, content }) => {
      const model = name.replace('worker-', '');
      const triggers = listAt(content, 'spec', 'triggers').map((trigger) => at(trigger, 'metadata'));
      const depths = triggers.filter((trigger) => at(trigger, 'url') !== undefined);
      const active = depths.find((trigger) => at(trigger, 'valueLocation') === 'queue.active');
      const taken = jobsTakenMax(project);
      return [
        ...(at(content, 'spec', 'scaleTargetRef', 'name') === name
          ? []
          : [`${path}: scales another one than ${name}`]),
        ...depths
          .filter((trigger) => !textAt(trigger, 'url').endsWith(`:8080/internal/models/${model}`))
          .map((trigger) => `${path}: asks ${textAt(trigger, 'url')} about ${model}`),
        ...(at(active, 'targetValue') === String(taken)
          ? []
          : [
              `${path}: a busy worker of ${model} holds ${taken}, the target says ${textAt(active, 'targetValue')}`,
            ]),
      ];
    }),
  ];
};

checkRule(
  'workers are scaled by their own queue',
  'busy workers would call for more until none is left',
  wrongScaling,
  [
    {
      files: edited('base/worker/worker.yaml', "cpu: '2'", "cpu: '4'"),
      found: 'a busy worker of demo-yolo holds 8, the target says 4',
    },
    {
      files: edited(
        'components/keda/demo-yolo.yaml',
        '/internal/models/demo-yolo',
        '/internal/models/demo-detectron',
      ),
      found: 'about demo-yolo',
    },
    {
      files: edited(
        'components/keda/kustomization.yaml',
        'SHOAL_MODEL_GRACE_MS=2592000000',
        'SHOAL_MODEL_GRACE_MS=30000',
      ),
      found: 'SHOAL_MODEL_GRACE_MS is 30000',
    },
    {
      files: { 'packages/worker-runtime/src/serve-model.ts': '' },
      found: 'a worker no longer takes',
    },
  ],
);
