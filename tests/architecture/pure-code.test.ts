/** Code that computes and does nothing else: the adapters of the model families, the arithmetic, the contract. */
import { checkRule } from './check-rule.ts';
import { importsOf, parse, visit } from './imports.ts';
import type { Node } from './imports.ts';
import { isCode, isForTests } from './project.ts';
import type { Rule } from './project.ts';

/** Ways to the clock, to chance, to the machine and to the network. */
const impure = new Set([
  'process',
  'globalThis',
  'console',
  'fetch',
  'Date',
  'performance',
  'crypto',
  'setTimeout',
  'setInterval',
  'setImmediate',
  'queueMicrotask',
  'require',
]);

const isPure = (path: string): boolean =>
  isCode(path) &&
  !isForTests(path) &&
  (path.startsWith('packages/vision/src/') ||
    path.startsWith('packages/shared/src/contract/') ||
    path === 'packages/worker-runtime/src/adapter.ts' ||
    path === 'packages/worker-runtime/src/tensor-info.ts' ||
    (/^apps\/worker-[^/]+\/src\//.test(path) && !path.endsWith('/src/main.ts')));

const pure: Rule = (project) =>
  project.paths.filter(isPure).flatMap((path) => {
    const violations: string[] = [];
    for (const { specifier, target } of importsOf(project, path)) {
      if (target.kind === 'node') violations.push(`${path}: imports ${specifier}`);
    }
    visit(parse(project.read(path), path), (node, parent, field) => {
      if (node.type === 'MetaProperty') violations.push(`${path}: uses import.meta`);
      if (isMathRandom(node)) violations.push(`${path}: uses Math.random`);
      if (node.type !== 'Identifier' || isOnlyAName(parent, field)) return;
      const name = String(node['name']);
      if (impure.has(name)) violations.push(`${path}: uses ${name}`);
    });
    return violations;
  });

/** `x.process` and `{ process: 1 }` only look like it. */
function isOnlyAName(parent: Node | undefined, field: string): boolean {
  return (field === 'property' || field === 'key') && parent?.['computed'] !== true;
}

function isMathRandom(node: Node): boolean {
  if (node.type !== 'MemberExpression') return false;
  const object = node['object'] as Node;
  const property = node['property'] as Node;
  return object['name'] === 'Math' && (property['name'] === 'random' || property['value'] === 'random');
}

const adapter = 'apps/worker-yolo/src/plant.ts';

checkRule(
  'adapters, vision and the contract are pure',
  'they run in two threads at once, and the same picture must always mean the same detections',
  pure,
  [
    { files: { [adapter]: "import { readFileSync } from 'node:fs';" }, found: 'imports node:fs' },
    { files: { [adapter]: 'export const debug = process.env.DEBUG;' }, found: 'uses process' },
    { files: { [adapter]: 'export const jitter = (): number => Math.random();' }, found: 'uses Math.random' },
    { files: { [adapter]: 'export const at = (): number => performance.now();' }, found: 'uses performance' },
    { files: { [adapter]: 'export const here = import.meta.url;' }, found: 'uses import.meta' },
    { files: { 'packages/vision/src/plant.ts': 'export const now = Date.now;' }, found: 'uses Date' },
  ],
);

const adapterImports: Rule = (project) =>
  project.paths
    .filter((path) => isPure(path) && path.startsWith('apps/worker-'))
    .flatMap((path) =>
      importsOf(project, path)
        .filter(
          ({ specifier }) =>
            !specifier.startsWith('./') &&
            specifier !== '@shoal/vision' &&
            specifier !== '@shoal/worker-runtime/adapter',
        )
        .map(({ specifier }) => `${path}: imports ${specifier}`),
    );

checkRule(
  'an adapter sees the adapter interface and vision, and nothing else',
  'the runtime’s own entry brings the queue and the decoder along',
  adapterImports,
  [
    {
      files: { [adapter]: "import { runWorker } from '@shoal/worker-runtime'; runWorker();" },
      found: 'imports @shoal/worker-runtime',
    },
  ],
);
