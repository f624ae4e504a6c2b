/** Which room may know which: the directions that keep gateway, workers and models apart. */
import { checkRule } from './check-rule.ts';
import { importGraph, reachable } from './imports.ts';
import { isForTests, packageFolderOf } from './project.ts';
import type { Rule } from './project.ts';

/** Rooms that a room may import, by the folder's name up to the first `*`. */
const allowed: readonly (readonly [room: string, may: readonly string[]])[] = [
  // Of shared the contract alone: a model that is pulled has a manifest.
  ['apps/cli', ['packages/client', 'packages/formats', 'packages/shared', 'packages/vision']],
  ['apps/gateway', ['packages/shared']],
  ['apps/web', ['packages/client', 'packages/formats']],
  ['apps/worker-', ['packages/worker-runtime', 'packages/vision']],
  ['packages/worker-runtime', ['packages/shared', 'packages/vision']],
  ['packages/client', []],
  ['packages/formats', []],
  ['packages/shared', []],
  ['packages/vision', []],
];

const directions: Rule = (project) =>
  [...importGraph(project)]
    .filter(([from]) => packageFolderOf(from) !== '')
    .flatMap(([from, imports]) => {
      const room = packageFolderOf(from);
      const may = allowed.find(([prefix]) => room.startsWith(prefix))?.[1];
      if (may === undefined) return [`${from}: ${room} is a room without a rule`];
      return imports.flatMap(({ specifier, target }) => {
        if (target.kind !== 'file') return [];
        const other = packageFolderOf(target.path);
        if (other === room || may.includes(other)) return [];
        // Tests beside the code may use the support of tests.
        if (isForTests(from) && target.path.startsWith('tests/')) return [];
        return [`${from}: imports ${specifier}, but ${room} may import ${may.join(', ') || 'no other room'}`];
      });
    });

checkRule(
  'rooms import in one direction',
  'a gateway that knows a model, or a model that knows Redis, can no longer be changed or run alone',
  directions,
  [
    {
      files: { 'apps/gateway/src/plant.ts': "import { adapter } from '../../worker-yolo/src/adapter.ts';" },
      found: 'apps/gateway/src/plant.ts: imports ../../worker-yolo/src/adapter.ts',
    },
    {
      files: { 'packages/shared/src/plant.ts': "import type { RgbImage } from '@shoal/vision';" },
      found: 'packages/shared/src/plant.ts: imports @shoal/vision',
    },
    {
      files: { 'apps/worker-yolo/src/plant.ts': "export * from '@shoal/shared/redis';" },
      found: 'apps/worker-yolo/src/plant.ts: imports @shoal/shared/redis',
    },
    {
      files: { 'packages/novelty/src/plant.ts': '' },
      found: 'packages/novelty is a room without a rule',
    },
  ],
);

/** Tools and benches measure an adapter without a server around it; everything else starts apps as processes. */
const mayReachIntoApps = (from: string): boolean =>
  packageFolderOf(from) !== '' || isForTests(from) || /^(?:tools|bench)\//.test(from);

const outsideOfApps: Rule = (project) =>
  [...importGraph(project)].flatMap(([from, imports]) => {
    if (mayReachIntoApps(from)) return [];
    return imports.flatMap(({ specifier, target }) =>
      target.kind === 'file' && target.path.startsWith('apps/') ? [`${from}: imports ${specifier}`] : [],
    );
  });

checkRule(
  'nothing that runs imports from apps/',
  'an app is a process: it is started, not called',
  outsideOfApps,
  [
    {
      files: { 'scripts/plant.ts': "import { httpStatus } from '../apps/gateway/src/http-status.ts';" },
      found: 'scripts/plant.ts: imports ../apps/gateway/src/http-status.ts',
    },
  ],
);

const throughTheFrontDoor: Rule = (project) =>
  [...importGraph(project)].flatMap(([from, imports]) =>
    imports.flatMap(({ specifier, target }) => {
      if (target.kind === 'nothing') return [`${from}: imports ${specifier}, and ${target.reason}`];
      if (target.kind !== 'file' || !specifier.startsWith('.') || packageFolderOf(from) === '') return [];
      const isInside = packageFolderOf(from) === packageFolderOf(target.path);
      if (isInside || (isForTests(from) && target.path.startsWith('tests/'))) return [];
      return [`${from}: imports ${specifier}; another package is imported by its name`];
    }),
  );

checkRule(
  'across packages only by name, and only what is exported',
  'a package that is entered through a window cannot move its furniture',
  throughTheFrontDoor,
  [
    {
      files: { 'apps/gateway/src/plant.ts': "import '../../../packages/shared/src/contract/index.ts';" },
      found: 'another package is imported by its name',
    },
    {
      files: { 'apps/gateway/src/plant.ts': "import '@shoal/shared/src/contract/keys.ts';" },
      found: '@shoal/shared does not export it',
    },
    {
      files: { 'apps/gateway/src/plant.ts': "import './nowhere.ts';" },
      found: 'there is no apps/gateway/src/nowhere.ts',
    },
  ],
);

const testsForTests: Rule = (project) =>
  [...importGraph(project)].flatMap(([from, imports]) => {
    // A program for tests may stand beside what it drives.
    if (isForTests(from) || !/^(?:apps|packages)\//.test(from)) return [];
    return imports.flatMap(({ specifier, target }) =>
      target.kind === 'file' && isForTests(target.path) ? [`${from}: imports ${specifier}`] : [],
    );
  });

checkRule(
  'what is for tests is imported by tests',
  'a service would load the test runner, or a model that was made up',
  testsForTests,
  [
    {
      files: { 'apps/worker-yolo/src/plant.ts': "export * from '@shoal/worker-runtime/testing';" },
      found: 'apps/worker-yolo/src/plant.ts: imports @shoal/worker-runtime/testing',
    },
  ],
);

const contract = 'packages/shared/src/contract/';

const innermost: Rule = (project) =>
  [...importGraph(project)].flatMap(([from, imports]) => {
    if (isForTests(from)) return [];
    const isVision = from.startsWith('packages/vision/');
    if (!isVision && !from.startsWith(contract)) return [];
    return imports.flatMap(({ specifier, target }) => {
      if (target.kind === 'file' && target.path.startsWith(isVision ? 'packages/vision/' : contract)) {
        return [];
      }
      if (!isVision && specifier === 'zod') return [];
      return [`${from}: imports ${specifier}`];
    });
  });

checkRule(
  'vision imports nothing, and the contract only the schema library',
  'both are loaded everywhere, so whatever they load is loaded everywhere',
  innermost,
  [
    { files: { 'packages/vision/src/plant.ts': "import 'node:fs';" }, found: 'imports node:fs' },
    { files: { [`${contract}plant.ts`]: "import { Redis } from 'ioredis';" }, found: 'imports ioredis' },
    { files: { [`${contract}plant.ts`]: "export * from '../redis/index.ts';" }, found: '../redis/index.ts' },
  ],
);

const everywhere: Rule = (project) => {
  const graph = importGraph(project);
  return [...reachable(graph, ['packages/client/src/index.ts'])].flatMap((path) =>
    (graph.get(path) ?? []).flatMap(({ specifier, target }) =>
      target.kind === 'file' ? [] : [`${path}: imports ${specifier}, and comes with the client`],
    ),
  );
};

checkRule(
  'the client needs nothing that a browser does not have',
  'the page and the one file of the command line carry it with them',
  everywhere,
  [
    {
      files: {
        'packages/client/src/idempotency-key.ts': "import { randomUUID } from 'node:crypto'; randomUUID;",
      },
      found: 'packages/client/src/idempotency-key.ts: imports node:crypto',
    },
  ],
);

const sides: readonly { entry: string; loadsNone: readonly string[] }[] = [
  {
    entry: 'packages/worker-runtime/src/inference/inference-thread.ts',
    loadsNone: ['bullmq', 'ioredis', 'sharp', 'pino', 'node:net', 'node:http', 'node:child_process'],
  },
  { entry: 'packages/worker-runtime/src/serve-model.ts', loadsNone: ['onnxruntime-node'] },
];

const twoThreads: Rule = (project) => {
  const graph = importGraph(project);
  return sides.flatMap(({ entry, loadsNone }) =>
    [...reachable(graph, [entry], ({ isTypeOnly }) => !isTypeOnly)].flatMap((path) =>
      (graph.get(path) ?? []).flatMap(({ target, isTypeOnly }) =>
        !isTypeOnly && 'name' in target && loadsNone.includes(target.name)
          ? [`${path}: loads ${target.name}, and comes with ${entry}`]
          : [],
      ),
    ),
  );
};

checkRule(
  'the main thread does I/O and the inference thread arithmetic',
  'an event loop that computes cannot renew its locks, and its jobs are delivered twice',
  twoThreads,
  [
    {
      files: { 'packages/worker-runtime/src/inference/run-batch.ts': "import sharp from 'sharp'; sharp();" },
      found: 'loads sharp',
    },
    {
      files: { 'packages/worker-runtime/src/batcher.ts': "import { Tensor } from 'onnxruntime-node';" },
      found: 'loads onnxruntime-node',
    },
  ],
);
