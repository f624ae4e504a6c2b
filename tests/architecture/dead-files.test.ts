/** Every file has a way in: somebody starts it, exports it or imports it. */
import { posix } from 'node:path';
import { checkRule } from './check-rule.ts';
import { importGraph, parse, reachable, visit } from './imports.ts';
import { isCode, isForTests, isSource, isTest, isToolConfig, packagesOf } from './project.ts';
import type { Project, Rule } from './project.ts';

/** Begun by its path by a program that puts the path together from parts. */
const startedByPath: Readonly<Record<string, string>> = {
  'scripts/images/check-cuda-provider.mjs':
    'what the Dockerfile runs when it builds an image of a GPU worker',
  'bench/ceiling/ceiling-thread.ts': 'the threads that bench/ceiling/ceiling-process.ts starts',
  'bench/sessions/measure-sessions.ts': 'the process of one case of bench/sessions.ts',
  'bench/sessions/session-thread.ts': 'the threads that bench/sessions/measure-sessions.ts starts',
  'tests/support/collect-garbage.ts': 'what tests/support/garbage.ts loads into a service',
  'tests/support/counts-reporter.ts': 'the reporter that scripts/test-run/main.ts hands to the test runner',
  'tests/fixtures/scripted-worker/main.ts': 'the worker that tests/support/scripted-models.ts starts',
};

const deadInEarnest: Rule = (project) => {
  const alive = reachable(importGraph(project), entriesOf(project));
  return project.paths
    .filter((path) => isSource(path) && /^(?:apps|packages)\//.test(path))
    .filter((path) => !isForTests(path) && !isToolConfig(path) && !alive.has(path))
    .map((path) => `${path}: no main file and no export leads to it`);
};

checkRule(
  'everything in apps and packages runs in earnest',
  'code that only its tests call is read, upgraded and trusted for nothing',
  deadInEarnest,
  [
    {
      files: {
        'packages/vision/src/plant.ts': 'export const plant = 1;',
        'packages/vision/src/plant.test.ts': "import { plant } from './plant.ts'; plant;",
      },
      found: 'packages/vision/src/plant.ts: no main file',
    },
    { files: { 'apps/web/src/styles/plant.css': '' }, found: 'apps/web/src/styles/plant.css' },
  ],
);

const deadElsewhere: Rule = (project) => {
  const tests = project.paths.filter(isTest);
  const entries = [...entriesOf(project), ...tests, ...Object.keys(startedByPath)];
  const alive = reachable(importGraph(project), entries);
  return project.paths
    .filter((path) => isSource(path) && !isToolConfig(path) && !alive.has(path))
    .map((path) => `${path}: nothing leads to it`);
};

checkRule('no file is dead', 'the next reader would look for its purpose', deadElsewhere, [
  { files: { 'scripts/plant.ts': '' }, found: 'scripts/plant.ts: nothing leads to it' },
  { files: { 'tests/support/plant.ts': '' }, found: 'tests/support/plant.ts: nothing leads to it' },
]);

/** Main files, exports, the page, scripts, and files that documents tell people to run with Node. */
function entriesOf(project: Project): string[] {
  const mains = project.paths.filter((path) => /^apps\/[^/]+\/src\/main\.ts$/.test(path));
  const exported = [...packagesOf(project)].flatMap(([folder, { exports = {} }]) =>
    Object.values(exports).map((path) => posix.join(folder, path)),
  );
  const scripts = [...packagesOf(project).values()].flatMap(({ scripts: commands = {} }) =>
    Object.values(commands).flatMap(commandFiles),
  );
  const pages = project.paths
    .filter((path) => path.endsWith('index.html'))
    .flatMap((path) =>
      [...project.read(path).matchAll(/(?:src|href)="\.?\/([^"]+)"/g)].map(([, file = '']) =>
        posix.join(posix.dirname(path), file),
      ),
    );
  const documented = project.paths
    .filter((path) => path.endsWith('.md'))
    .flatMap((path) => commandFiles(project.read(path)));
  const entries = [...mains, ...exported, ...scripts, ...pages, ...documented];
  return [...entries, ...startedFrom(project, entries)].filter((path) => project.has(path));
}

const commandFiles = (text: string): string[] =>
  [...text.matchAll(/\bnode ([\w./-]+\.(?:ts|mjs))/g)].map(([, path = '']) => path);

/** A path from the root as a string in a program that runs is a file that it starts. */
function startedFrom(project: Project, entries: readonly string[]): string[] {
  const found: string[] = [];
  for (const path of reachable(importGraph(project), entries)) {
    if (!isCode(path) || !project.has(path) || !/^(?:scripts|bench)\//.test(path)) continue;
    visit(parse(project.read(path), path), (node) => {
      const value = node['value'];
      if (node.type === 'Literal' && typeof value === 'string' && project.has(value)) found.push(value);
    });
  }
  return found;
}
