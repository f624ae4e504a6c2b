/** Third-party code: where each library may be imported, and that what is declared and what is imported agree. */
import { checkRule } from './check-rule.ts';
import { importGraph } from './imports.ts';
import { isForTests, isToolConfig, packageFolderOf, packagesOf } from './project.ts';
import type { Rule } from './project.ts';

interface Home {
  /** Files, or folders that end in a slash, whose code may use the library; one a side. */
  readonly files: readonly string[];
  /** Where its types may be named as well, when they cannot be hidden. */
  readonly typesIn?: string;
}

const homes: Readonly<Record<string, Home>> = {
  '@fastify/cors': { files: ['apps/gateway/src/app.ts'] },
  '@fastify/multipart': {
    files: ['apps/gateway/src/app.ts'],
    typesIn: 'apps/gateway/src/flow/read-multipart.ts',
  },
  '@fastify/sse': { files: ['apps/gateway/src/app.ts'] },
  '@fastify/static': { files: ['apps/gateway/src/routes/page.ts'] },
  '@prometheus-io/client': {
    files: ['apps/gateway/src/metrics.ts', 'packages/worker-runtime/src/metrics.ts'],
  },
  // The gateway has two ends of queues that share nothing: it fills those of models, and fills and empties that of webhooks.
  bullmq: {
    files: [
      'apps/gateway/src/model-queues.ts',
      'apps/gateway/src/webhooks/webhook-queue.ts',
      'packages/worker-runtime/src/job-consumer.ts',
    ],
  },
  'cli-progress': { files: ['apps/cli/src/progress.ts'] },
  'close-with-grace': { files: ['packages/shared/src/service/shutdown.ts'] },
  // What the commands are written in.
  commander: { files: ['apps/cli/src/'] },
  // Requests and replies are the gateway's own language.
  fastify: { files: ['apps/gateway/src/app.ts'], typesIn: 'apps/gateway/src/' },
  'ipaddr.js': { files: ['apps/gateway/src/outbound/check-address.ts'] },
  ioredis: { files: ['packages/shared/src/redis/connect.ts', 'packages/shared/src/redis/set-bytes.ts'] },
  'onnxruntime-node': { files: ['packages/worker-runtime/src/inference/session.ts'] },
  pbf: { files: ['packages/worker-runtime/src/inference/onnx-metadata.ts'] },
  pino: { files: ['packages/shared/src/service/log.ts'] },
  // What the page is written in.
  preact: { files: ['apps/web/src/'] },
  'rate-limiter-flexible': { files: ['apps/gateway/src/rate-limit/rate-limit.ts'] },
  rolldown: { files: ['scripts/build-services.ts', 'scripts/build-shoal.ts'] },
  // The way in, which guards against what strangers send, and the way out, for pictures that a check draws.
  sharp: {
    files: [
      'packages/worker-runtime/src/flow/decode-image.ts',
      'packages/worker-runtime/src/check/encode-png.ts',
    ],
  },
  undici: { files: ['apps/cli/src/stress/sender.ts'] },
  uuid: { files: ['apps/gateway/src/prediction-id.ts'] },
  vega: { files: ['apps/cli/src/charts/draw-chart.ts'] },
  'vega-lite': { files: ['apps/cli/src/charts/draw-chart.ts'] },
  yaml: {
    files: [
      'packages/worker-runtime/src/model-folder/parse-manifest.ts',
      'apps/cli/src/models/pull/read-manifest.ts',
    ],
  },
  // What the contract is written in; the gateway derives its JSON Schemas from it.
  zod: {
    files: [
      'packages/shared/src/contract/',
      'apps/gateway/src/json-schema.ts',
      'apps/gateway/src/api-description/schemas.ts',
    ],
    typesIn: 'packages/shared/src/',
  },
};

/** Tests make pictures and tools measure models: they use libraries as they need them. */
const isFree = (path: string): boolean =>
  isForTests(path) || isToolConfig(path) || path.startsWith('tools/') || path.startsWith('bench/');

const isAt = (path: string, places: readonly string[]): boolean =>
  places.some((place) => (place.endsWith('/') ? path.startsWith(place) : path === place));

const oneHome: Rule = (project) =>
  [...importGraph(project)].flatMap(([path, imports]) => {
    if (isFree(path)) return [];
    return imports.flatMap(({ target, isTypeOnly }) => {
      if (target.kind !== 'library') return [];
      const home = homes[target.name];
      if (home === undefined) return [`${path}: ${target.name} has no home in the table of this test`];
      if (isAt(path, home.files)) return [];
      if (isTypeOnly && home.typesIn !== undefined && path.startsWith(home.typesIn)) return [];
      return [`${path}: imports ${target.name}, whose home is ${home.files.join(' and ')}`];
    });
  });

checkRule(
  'each library is imported in one file a side',
  'a library that is everywhere can be replaced, upgraded and reasoned about nowhere',
  oneHome,
  [
    {
      files: { 'packages/worker-runtime/src/plant.ts': "import type { Job } from 'bullmq';" },
      found: 'packages/worker-runtime/src/plant.ts: imports bullmq',
    },
    {
      files: { 'apps/gateway/src/plant.ts': "import { fastify } from 'fastify'; fastify();" },
      found: 'apps/gateway/src/plant.ts: imports fastify',
    },
    { files: { 'apps/gateway/src/plant.ts': "import 'left-pad';" }, found: 'left-pad has no home' },
  ],
);

const noEmptyHome: Rule = (project) => {
  const graph = importGraph(project);
  return Object.entries(homes).flatMap(([library, { files }]) =>
    files
      .filter(
        (place) =>
          ![...graph].some(
            ([path, imports]) =>
              isAt(path, [place]) &&
              imports.some(({ target }) => target.kind === 'library' && target.name === library),
          ),
      )
      .map((place) => `${library}: ${place} does not import it`),
  );
};

checkRule('the table of homes is true', 'a list that nobody checks is a list that lies', noEmptyHome, [
  {
    files: { 'packages/shared/src/service/log.ts': 'export {};' },
    found: 'pino: packages/shared/src/service/log.ts',
  },
]);

const undeclared: Rule = (project) => {
  const packages = packagesOf(project);
  const root = packages.get('');
  return [...importGraph(project)].flatMap(([path, imports]) => {
    const own = packages.get(packageFolderOf(path));
    const runs = !isForTests(path) && !isToolConfig(path) && !path.startsWith('apps/web/');
    const needsPackage = packageFolderOf(path) !== '';
    const declared = {
      ...(runs && needsPackage
        ? {}
        : { ...root?.dependencies, ...root?.devDependencies, ...own?.devDependencies }),
      ...own?.dependencies,
    };
    return imports.flatMap(({ specifier, target, isTypeOnly }) => {
      const name = specifier.startsWith('@')
        ? specifier.split('/', 2).join('/')
        : specifier.split('/', 1)[0]!;
      const isOwn = name === own?.name;
      if (specifier.startsWith('.') || target.kind === 'node' || isOwn || name in declared) return [];
      return [
        `${path}: imports ${name}${isTypeOnly ? ' (types)' : ''}, which its package.json does not declare`,
      ];
    });
  });
};

checkRule(
  'every import is declared where it is needed',
  'what is found by luck in a neighbour’s folder is missing after the next installation',
  undeclared,
  [
    {
      files: { 'apps/gateway/src/plant.ts': "import 'ioredis';" },
      found: 'apps/gateway/src/plant.ts: imports ioredis',
    },
    {
      files: { 'packages/vision/src/plant.ts': "import '@shoal/shared/contract';" },
      found: 'imports @shoal/shared',
    },
    { files: { 'packages/vision/src/plant.ts': "import 'vitest';" }, found: 'imports vitest' },
  ],
);

/** Declared for what it does, and not to be imported. */
const usedWithoutImport: Readonly<Record<string, string>> = {
  '@types/cli-progress': 'the types of cli-progress, which has none itself',
  '@types/node': 'the types of everything under node:',
  node: 'puts Node 24 on the path of the scripts',
  oxlint: 'npm run lint',
  'oxlint-tsgolint': 'the rules of npm run lint that know types',
  prettier: 'npm run format',
  typescript: 'npm run typecheck',
};

const unused: Rule = (project) => {
  const graph = importGraph(project);
  return [...packagesOf(project)].flatMap(([folder, { dependencies, devDependencies }]) => {
    const imported = new Set(
      [...graph]
        .filter(([path]) => packageFolderOf(path) === folder)
        .flatMap(([, imports]) => imports.map(({ specifier }) => specifier)),
    );
    return Object.keys({ ...dependencies, ...devDependencies })
      .filter((name) => !(name in usedWithoutImport) || folder !== '')
      .filter((name) => ![...imported].some((found) => found === name || found.startsWith(`${name}/`)))
      .map((name) => `${folder || 'the root'}: declares ${name} and imports it nowhere`);
  });
};

checkRule(
  'every declared dependency is used',
  'each one is downloaded, audited and upgraded for something',
  unused,
  [
    {
      files: {
        'packages/vision/package.json': '{"name": "@shoal/vision", "dependencies": {"left-pad": "1.3.0"}}',
      },
      found: 'packages/vision: declares left-pad',
    },
  ],
);
