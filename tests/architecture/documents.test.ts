/** What documents name must be there: files, commands, variables, links. Prose itself is for people to judge. */
import { posix } from 'node:path';
import { variables } from '../../packages/shared/src/contract/index.ts';
import { checkRule } from './check-rule.ts';
import { anchorOf, documentsOf, readDocument } from './documents.ts';
import { packagesOf } from './project.ts';
import type { Project, Rule } from './project.ts';

const plant = (text: string): Readonly<Record<string, string>> => ({ 'docs/plant.md': text });

/** What is made on the reader's machine, or fetched. */
const madeLater = /(?:^|\/)(?:\.data|dist|node_modules)(?:\/|$)|^shoal\.mjs$/;
const fileNames = /^[\w.<>*-]+(?:\/[\w.<>*-]+)*\.(?:ts|tsx|mjs|md|ya?ml|json|txt|onnx|svg|html|py)$/;

const missingPaths: Rule = (project) => {
  const tops = new Set(project.paths.map((path) => path.split('/', 1)[0]!));
  const isThere = finderOf(project);
  return documentsOf(project).flatMap(({ path: document, spans, fenced }) => {
    const words = fenced.flatMap(({ text, at }) =>
      text.split(/[\s'"=@]+/).map((word) => ({ text: word, at })),
    );
    return [...spans, ...words].flatMap(({ text, at }) => {
      const path = text.replace(/[,;:]$/, '').replace(/\/$/, '');
      const startsHere = path.includes('/') && tops.has(path.split('/', 1)[0]!) && /^[\w.<>*/-]+$/.test(path);
      const isName = spans.some((span) => span.text === text) && fileNames.test(path);
      if (madeLater.test(path) || (!startsHere && !isName)) return [];
      if (isThere(path) || isThere(posix.join(posix.dirname(document), path))) return [];
      if (isName && isThere(`**/${path}`)) return [];
      return [`${at}: there is no ${path}`];
    });
  });
};

/** `<name>` and `*` stand for one part of a path, `**` in front for any folders. Folders count as well as files. */
function finderOf(project: Project): (pattern: string) => boolean {
  const all = new Set(project.paths);
  for (const path of project.paths) {
    for (let folder = posix.dirname(path); folder !== '.'; folder = posix.dirname(folder)) all.add(folder);
  }
  return (pattern) => {
    if (all.has(pattern)) return true;
    const source = pattern
      .replaceAll('.', '\\.')
      .replaceAll(/<[\w-]+>|(?<!\*)\*(?!\*)/g, '[^/]+')
      .replace(/^\*\*\//, '(?:.+/)?');
    if (!/^[\w\\./[\]^+()?:*-]+$/.test(source)) return false;
    const regex = new RegExp(`^${source}$`);
    return [...all].some((path) => regex.test(path));
  };
}

checkRule(
  'every path in a document exists',
  'a reader who finds nothing there reads no further',
  missingPaths,
  [
    {
      files: plant('See `apps/gateway/src/nowhere.ts`.'),
      found: 'docs/plant.md:1: there is no apps/gateway/src/nowhere.ts',
    },
    { files: plant('See `nowhere-at-all.ts`.'), found: 'there is no nowhere-at-all.ts' },
    {
      files: plant('```sh\ncurl -F image=@examples/nothing.jpg x\n```'),
      found: 'there is no examples/nothing.jpg',
    },
  ],
);

const missingCommands: Rule = (project) => {
  const scripts = packagesOf(project).get('')?.scripts ?? {};
  return documentsOf(project).flatMap(({ spans, fenced }) =>
    [...spans, ...fenced].flatMap(({ text, at }) =>
      [...text.matchAll(/\bnpm (?:run )?([\w:-]+)/g)]
        .filter(([, name = '']) => !Object.hasOwn(scripts, name))
        .map(([command]) => `${at}: there is no ${command}`),
    ),
  );
};

checkRule(
  'every npm command in a document exists',
  'the first thing a newcomer does is to paste it',
  missingCommands,
  [
    { files: plant('Run `npm run nothing`.'), found: 'docs/plant.md:1: there is no npm run nothing' },
    { files: plant('```sh\nnpm begin\n```'), found: 'there is no npm begin' },
  ],
);

/** Capitals that no service reads. */
const notVariables = new Set([
  'TEST_COUNTS_FILE',
  'NODE_EXTRA_CA_CERTS',
  'NO_COLOR',
  'TRAEFIK_BIN',
  'PEBBLE_BIN',
  'CHALLTESTSRV_BIN',
  // Read by tools/export, and by Node itself.
  'EXPORT_PYTHON',
  'HTTPS_PROXY',
  'NODE_USE_ENV_PROXY',
]);

const isKnown = (name: string): boolean => Object.hasOwn(variables, name) || notVariables.has(name);

const missingVariables: Rule = (project) =>
  documentsOf(project).flatMap(({ path, spans, fenced }) => {
    const ours = project
      .read(path)
      .split('\n')
      .flatMap((line, index) =>
        [...line.matchAll(/\bSHOAL_[A-Z0-9_]+\b/g)].map(([text]) => ({ text, at: `${path}:${index + 1}` })),
      );
    const plain = [
      ...spans.filter(({ text }) => /^[A-Z]+(?:_[A-Z]+)+$/.test(text)),
      ...[...spans, ...fenced].flatMap(({ text, at }) =>
        [...text.matchAll(/(?<![\w-])([A-Z][A-Z_]+)=/g)].map(([, name = '']) => ({ text: name, at })),
      ),
    ];
    return [...ours, ...plain]
      .filter(({ text }) => !isKnown(text))
      .map(({ text, at }) => `${at}: there is no variable ${text}`);
  });

checkRule(
  'every variable in a document exists',
  'a variable that is spelled wrong is set in vain',
  missingVariables,
  [
    {
      files: plant('Set SHOAL_NOTHING_MS.'),
      found: 'docs/plant.md:1: there is no variable SHOAL_NOTHING_MS',
    },
    { files: plant('```sh\nMODEL_DIR=x npm start\n```'), found: 'there is no variable MODEL_DIR' },
    { files: plant('Set `MODEL_FOLDERS`.'), found: 'there is no variable MODEL_FOLDERS' },
  ],
);

const deadLinks: Rule = (project) => {
  const isThere = finderOf(project);
  return documentsOf(project).flatMap(({ path: document, links }) =>
    links.flatMap(({ text, at }) => {
      if (/^[a-z]+:/.test(text)) return [];
      const [file = '', anchor] = text.split('#');
      const path = file === '' ? document : posix.join(posix.dirname(document), file);
      if (!isThere(path)) return [`${at}: leads to ${path}, which is not there`];
      if (anchor === undefined || !path.endsWith('.md')) return [];
      const anchors = readDocument(project, path).headings.map(anchorOf);
      return anchors.includes(anchor) ? [] : [`${at}: leads to #${anchor}, which ${path} does not have`];
    }),
  );
};

checkRule('every link between documents leads somewhere', 'who is sent nowhere gives up', deadLinks, [
  { files: plant('[x](nowhere.md)'), found: 'docs/plant.md:1: leads to docs/nowhere.md' },
  { files: plant('[x](architecture.md#nothing)'), found: 'leads to #nothing' },
]);

const firstCurl: Rule = (project) => [...curlLines(project), ...shownVersions(project)];

/** The answer that is shown must be one of the model that is here. */
function shownVersions(project: Project): string[] {
  const digest = /^sha256: ([0-9a-f]{12})/m.exec(project.read('models/demo-yolo/model.yaml'))?.[1];
  return ['README.md', 'docs/http-api.md'].flatMap((path) =>
    [...project.read(path).matchAll(/"version": ?"([0-9a-f]+)"/g)]
      .filter(([, version]) => version !== digest)
      .map(
        ([, version]) => `${path}: shows an answer of version ${version}, but the demo model is ${digest}`,
      ),
  );
}

/** Where `npm start` listens, and where the front door of the containers does. */
const addresses = [variables.PORT, variables.SERVER_PORT].map(
  ({ default: port }) => `:${port}/v1/predictions`,
);

function curlLines(project: Project): string[] {
  const lines = readDocument(project, 'README.md').fenced.filter(({ text }) => /^\s*curl /.test(text));
  if (lines.length === 0) return ['README.md: has no curl line'];
  return lines.flatMap(({ text, at }) => {
    const model = /-F model=([\w.-]+)/.exec(text)?.[1];
    const picture = /-F image=@([\w./-]+)/.exec(text)?.[1];
    return [
      ...(model !== undefined && project.has(`models/${model}/model.yaml`)
        ? []
        : [`${at}: names no model of models/`]),
      ...(picture !== undefined && project.has(picture) ? [] : [`${at}: names no picture that is here`]),
      ...(addresses.some((address) => text.includes(address)) ? [] : [`${at}: asks another address`]),
    ];
  });
}

checkRule(
  'the curl line of the README works as it stands',
  'it is the first minute with this project',
  firstCurl,
  [
    {
      files: { 'README.md': '```sh\ncurl -F model=nothing -F image=@none.jpg http://localhost/\n```' },
      found: 'names no model',
    },
    { files: { 'README.md': '"version": "0123456789ab"' }, found: 'shows an answer of version 0123456789ab' },
    { files: { 'README.md': 'Nothing here.' }, found: 'README.md: has no curl line' },
  ],
);

const decisionForm: Rule = (project) =>
  project.paths
    .filter((path) => path.startsWith('docs/decisions/'))
    .flatMap((path, index) => {
      const number = String(index + 1).padStart(4, '0');
      const { headings } = readDocument(project, path);
      return [
        ...(new RegExp(`/${number}-[a-z0-9-]+\\.md$`).test(path)
          ? []
          : [`${path}: expected the number ${number}`]),
        ...['Context', 'Decision', 'What lost, and why']
          .filter((section) => !headings.includes(section))
          .map((section) => `${path}: has no section "${section}"`),
      ];
    });

checkRule(
  'decisions are numbered, and say what lost',
  'what was weighed once would be weighed again',
  decisionForm,
  [
    {
      files: { 'docs/decisions/0000-plant.md': '# Plant\n' },
      found: 'docs/decisions/0000-plant.md: has no section "Context"',
    },
    {
      files: { 'docs/decisions/0099-plant.md': '# Plant\n' },
      found: 'docs/decisions/0099-plant.md: expected the number',
    },
  ],
);
