/** What every file has in common: a size, a name, an opening, line ends, and no trace of the machine it was made on. */
import { basename, dirname } from 'node:path';
import { checkRule } from './check-rule.ts';
import { parse } from './imports.ts';
import type { Node } from './imports.ts';
import { isCode, isForTests, isSource, isText, isToolConfig } from './project.ts';
import type { Rule } from './project.ts';

const linesMax = 300;

const tooLong: Rule = (project) =>
  project.paths
    .filter((path) => (isSource(path) || path.endsWith('.py')) && !isForTests(path))
    .flatMap((path) => {
      const lines = project.read(path).split('\n').length - 1;
      return lines > linesMax ? [`${path}: ${lines} lines, at most ${linesMax}`] : [];
    });

checkRule('a file stays short', 'what does not fit in a head is changed by trial', tooLong, [
  {
    files: { 'apps/gateway/src/plant.ts': '\n'.repeat(linesMax + 1) },
    found: 'apps/gateway/src/plant.ts: 301 lines',
  },
]);

const emptyWords = new Set(['util', 'utils', 'helper', 'helpers', 'common', 'manager', 'types', 'misc']);
const kebabCase = /^[a-z0-9]+(?:-[a-z0-9]+)*(?:\.test|\.config)?\.(?:ts|tsx|mjs|css)$/;

const badNames: Rule = (project) =>
  project.paths.filter(isSource).flatMap((path) => {
    if (!kebabCase.test(basename(path))) return [`${path}: expected kebab-case`];
    const words = path.split(/[/.-]/);
    return words.filter((word) => emptyWords.has(word)).map((word) => `${path}: "${word}" names nothing`);
  });

checkRule('a file is called after what it does', 'a drawer without a label collects everything', badNames, [
  {
    files: { 'packages/vision/src/box-utils.ts': '' },
    found: 'packages/vision/src/box-utils.ts: "utils" names nothing',
  },
  { files: { 'apps/gateway/src/common/plant.ts': '' }, found: '"common" names nothing' },
  {
    files: { 'apps/gateway/src/modelQueues.ts': '' },
    found: 'apps/gateway/src/modelQueues.ts: expected kebab-case',
  },
]);

const noOpening: Rule = (project) =>
  project.paths
    .filter((path) => /^(?:apps|packages|scripts)\//.test(path) && isCode(path))
    .filter((path) => !isForTests(path) && !isToolConfig(path))
    .filter((path) => !/^(?:#!.*\n)?\/\*\*/.test(project.read(path)))
    .filter((path) => !(basename(path) === 'index.ts' && onlyReexports(parse(project.read(path), path))))
    .map((path) => `${path}: expected it to begin with a comment`);

const onlyReexports = (tree: Node): boolean =>
  (tree['body'] as Node[]).every(({ type, source }) => type.startsWith('Export') && Boolean(source));

checkRule(
  'a module opens with what it is responsible for',
  'a reader who knows what a file refuses to do does not have to read it',
  noOpening,
  [
    {
      files: { 'apps/gateway/src/plant.ts': 'export {};' },
      found: 'apps/gateway/src/plant.ts: expected it to begin',
    },
    {
      files: { 'packages/vision/src/index.ts': 'export const one = 1;' },
      found: 'packages/vision/src/index.ts',
    },
  ],
);

const carriageReturns: Rule = (project) =>
  project.paths
    .filter((path) => isText(path) && project.read(path).includes('\r'))
    .map((path) => `${path}: has a carriage return`);

checkRule(
  'lines end in LF',
  'a shell script with CRLF does not start, and every diff is of whole files',
  carriageReturns,
  [{ files: { 'docs/plant.md': 'one\r\n' }, found: 'docs/plant.md: has a carriage return' }],
);

/** Where somebody's checkout lay, and where somebody's packages came from. */
const traces = [
  /\/work\//,
  /\/home\/[a-z]/,
  /\/Users\/[A-Za-z]/,
  /registry\.npm/,
  /npmmirror\./,
  /\/\/[\w.-]*\/artifactory\//,
];

const machineTraces: Rule = (project) =>
  project.paths.filter(isText).flatMap((path) =>
    project
      .read(path)
      .split('\n')
      .flatMap((line, index) =>
        traces.some((trace) => trace.test(line)) ? [`${path}:${index + 1}: names a machine's own place`] : [],
      ),
  );

checkRule('nothing names the machine it was made on', 'it works there and nowhere else', machineTraces, [
  { files: { 'docs/plant.md': ['cd ', 'home', 'alice', 'shoal'].join('/') }, found: 'docs/plant.md:1' },
  {
    files: {
      '.npmrc': ['registry=https:', '', 'registry', 'npmjs.org'].join('/').replace('y/npmjs', 'y.npmjs'),
    },
    found: '.npmrc:1',
  },
]);

const sharedMaterial: Rule = (project) =>
  project.paths
    .filter((path) => isCode(path) && !isForTests(path) && !/^(?:tools|bench)\//.test(path))
    .filter((path) => /(?:\.\.\/)+shared\/(?:models|images|golden|docker|design)/.test(project.read(path)))
    .map((path) => `${path}: reaches beside the checkout, from ${dirname(path)}`);

checkRule(
  'only tests and benches look beside the checkout',
  'the project must run where nothing lies beside it',
  sharedMaterial,
  [
    {
      files: { 'scripts/plant.ts': "export const models = '../../shared/models';" },
      found: 'scripts/plant.ts: reaches beside the checkout',
    },
  ],
);
