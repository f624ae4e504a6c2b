/** Where deploy/kubernetes repeats what the code says: names, limits, addresses, images. Needs nothing of Kubernetes. */
import { variables } from '../../packages/shared/src/contract/index.ts';
import { SettingsError, readSettings } from '../../packages/shared/src/service/index.ts';
import { checkRule } from './check-rule.ts';
import {
  at,
  edited,
  folder,
  kustomizationsOf,
  listAt,
  manifestsOf,
  podOf,
  settingsOf,
  textAt,
} from './kubernetes.ts';
import type { Project, Rule } from './project.ts';

const redisComponents = ['redis', 'external-redis'] as const;

const badSettings: Rule = (project) =>
  redisComponents.flatMap((redis) => {
    const { NODE_EXTRA_CA_CERTS: _forNode, ...given } = settingsOf(project, redis, 'keda');
    const unknown = Object.keys(given).filter((name) => !Object.hasOwn(variables, name));
    try {
      readSettings(given);
      return unknown.map((name) => `${redis}: there is no variable ${name}`);
    } catch (error) {
      if (!(error instanceof SettingsError)) throw error;
      return [`${redis}: ${error.message}`];
    }
  });

checkRule('the settings are ones that services start with', 'every pod would end at once', badSettings, [
  {
    files: edited('base/kustomization.yaml', 'SHOAL_LAME_DUCK_MS=8000', 'SHOAL_LAME_DUCK_MS=20000'),
    found: 'below SHOAL_STOP_GRACE_MS (45000)',
  },
  {
    files: edited('components/redis/kustomization.yaml', 'REDIS_URL=', 'REDIS_URI='),
    found: 'redis: there is no variable REDIS_URI',
  },
  {
    files: edited('components/external-redis/kustomization.yaml', 'rediss://', 'tls://'),
    found: 'REDIS_URL: expected',
  },
]);

const unknownVariables: Rule = (project) =>
  manifestsOf(project).flatMap((manifest) =>
    listAt(podOf(manifest), 'spec', 'containers')
      .flatMap((container) => listAt(container, 'env'))
      .map((entry) => ({ name: textAt(entry, 'name'), value: at(entry, 'value') }))
      .flatMap(({ name, value }) => {
        if (!Object.hasOwn(variables, name)) return [`${manifest.path}: there is no variable ${name}`];
        const { schema } = variables[name as keyof typeof variables];
        const isFine = value === undefined || schema.safeParse(value).success;
        return isFine ? [] : [`${manifest.path}: ${name} cannot be ${textAt(value)}`];
      }),
  );

checkRule(
  'a pod sets variables that there are',
  'a service refuses what it does not know',
  unknownVariables,
  [
    {
      files: edited('base/worker/worker.yaml', 'SHOAL_METRICS_PORT', 'SHOAL_METRIC_PORT'),
      found: 'there is no variable SHOAL_METRIC_PORT',
    },
    {
      files: edited('components/gpu/worker-on-gpu.yaml', 'value: cuda', 'value: gpu'),
      found: 'DEVICE cannot be gpu',
    },
  ],
);

const strangeImages: Rule = (project) => {
  const targets = new Set(
    [...project.read('Dockerfile').matchAll(/^FROM \S+ AS ([\w-]+)$/gm)].map(([, name]) => name),
  );
  const version = (JSON.parse(project.read('package.json')) as { version: string }).version;
  const kustomized = kustomizationsOf(project).flatMap(({ path, content }) =>
    listAt(content, 'images').flatMap((image) => {
      const name = textAt(at(image, 'newName') ?? at(image, 'name'));
      const tag = at(image, 'newTag');
      return [
        ...(targets.has(name.replace('shoal/', ''))
          ? []
          : [`${path}: the Dockerfile has no target for ${name}`]),
        ...(tag === undefined || tag === version
          ? []
          : [`${path}: ${name} is ${textAt(tag)}, this is ${version}`]),
      ];
    }),
  );
  const tagged = new Set(
    kustomizationsOf(project)
      .filter(({ path }) => path === `${folder}/base/kustomization.yaml`)
      .flatMap(({ content }) => listAt(content, 'images').map((image) => at(image, 'name'))),
  );
  const named = manifestsOf(project).flatMap((manifest) =>
    listAt(podOf(manifest), 'spec', 'containers').flatMap((container) => {
      const image = at(container, 'image');
      // A patch, or the place of an image that each model names.
      if (image === undefined || image === 'shoal/worker' || tagged.has(image)) return [];
      return /^[\w./-]+:(?!latest$)[\w.-]+$/.test(textAt(image))
        ? []
        : [`${manifest.path}: ${textAt(image)} has no tag of its own`];
    }),
  );
  return [...kustomized, ...named];
};

checkRule(
  'every image is one that the Dockerfile makes, or has a tag',
  'what `latest` is today nobody can say tomorrow, and nobody can go back to it',
  strangeImages,
  [
    {
      files: edited('base/demo-yolo/kustomization.yaml', 'shoal/worker-yolo', 'shoal/worker-yolov5'),
      found: 'the Dockerfile has no target for shoal/worker-yolov5',
    },
    {
      files: edited('base/kustomization.yaml', 'newTag: 0.1.0', 'newTag: 0.0.9'),
      found: 'shoal/gateway is 0.0.9',
    },
    {
      files: edited('components/redis/redis.yaml', 'image: redis:8', 'image: redis'),
      found: 'components/redis/redis.yaml: redis has no tag',
    },
    {
      files: edited('fill-models.yaml', ':0.1.0', ':latest'),
      found: 'fill-models.yaml: shoal/worker-yolo:latest has no tag',
    },
  ],
);

/** For probes, Prometheus and Traefik's provider. */
const isInternal = (address: string): boolean => /^\/(?:livez|readyz|metrics|internal(?:\/|$))/.test(address);

const wrongDoors: Rule = (project) => {
  const paths = manifestsOf(project)
    .filter(({ kind }) => kind === 'Ingress')
    .flatMap(({ content }) => listAt(content, 'spec', 'rules'))
    .flatMap((rule) => listAt(rule, 'http', 'paths'))
    .map((entry) => ({ path: textAt(entry, 'path'), isExact: at(entry, 'pathType') === 'Exact' }));
  const leadsTo = (address: string): boolean =>
    paths.some(({ path, isExact }) =>
      isExact ? address === path : address === path || address.startsWith(`${path.replace(/\/$/, '')}/`),
    );
  const addresses = [...routesOf(project), '/', '/shoal.mjs', '/assets/index.js', ...publicFiles(project)];
  return addresses.flatMap((address) => {
    if (leadsTo(address) !== isInternal(address)) return [];
    return [`ingress.yaml: ${isInternal(address) ? 'leads to' : 'does not lead to'} ${address}`];
  });
};

const routesOf = (project: Project): string[] =>
  project.paths
    .filter((path) => path === 'apps/gateway/src/app.ts' || path.startsWith('apps/gateway/src/routes/'))
    .flatMap((path) => [
      ...project.read(path).matchAll(/\bapp\.(?:get|post|put|delete)(?:<.+?>)?\(\s*'([^']+)'/g),
    ])
    .map(([, address = '']) => address);

const publicFiles = (project: Project): string[] =>
  project.paths
    .filter((path) => path.startsWith('apps/web/public/'))
    .map((path) => path.slice('apps/web/public'.length));

checkRule(
  'the ingress leads to what is for everybody, and to nothing else',
  'figures and addresses of the inside would be read by the world',
  wrongDoors,
  [
    {
      files: edited('base/ingress.yaml', 'path: /predictor', 'path: /metrics'),
      found: 'ingress.yaml: leads to /metrics',
    },
    {
      files: edited('base/ingress.yaml', 'path: /v1', 'path: /v2'),
      found: 'ingress.yaml: does not lead to /v1/predictions',
    },
    { files: { 'apps/web/public/logo.svg': '' }, found: 'ingress.yaml: does not lead to /logo.svg' },
  ],
);

const gibibyte = 2 ** 30;

const narrowRedis: Rule = (project) => {
  const text = project.read(`${folder}/components/redis/redis.conf`);
  const memory = Number(/^maxmemory (\d+)gb$/m.exec(text)?.[1]) * gibibyte;
  const limit = manifestsOf(project)
    .filter(({ kind }) => kind === 'StatefulSet')
    .map((manifest) => at(podOf(manifest), 'spec', 'containers', 0, 'resources', 'limits', 'memory'));
  const limitBytes = Number(/^(\d+)Gi$/.exec(textAt(limit[0]))?.[1]) * gibibyte;
  return [
    ...(Number(variables.SHOAL_QUEUE_BYTES_MAX.default) <= memory * 0.75
      ? []
      : ['redis.conf: maxmemory leaves no room beside SHOAL_QUEUE_BYTES_MAX']),
    ...(limitBytes >= memory * 1.5
      ? []
      : ['redis.yaml: no room above maxmemory while the file is rewritten']),
    ...['maxmemory-policy noeviction', 'appendonly yes']
      .filter((line) => !text.split('\n').includes(line))
      .map((line) => `redis.conf: expected ${line}`),
  ];
};

checkRule('Redis has room, and keeps what was accepted', 'accepted pictures would be lost', narrowRedis, [
  { files: edited('components/redis/redis.conf', 'maxmemory 2gb', 'maxmemory 1gb'), found: 'leaves no room' },
  {
    files: edited('components/redis/redis.yaml', 'memory: 4Gi', 'memory: 2Gi'),
    found: 'no room above maxmemory',
  },
  {
    files: edited('components/redis/redis.conf', 'noeviction', 'allkeys-lru'),
    found: 'expected maxmemory-policy',
  },
]);
