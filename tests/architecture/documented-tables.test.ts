/** Tables in documents that repeat what the code says: each is compared with the code, row by row. */
import { termFields } from '../../apps/gateway/src/flow/read-terms.ts';
import { httpStatus } from '../../apps/gateway/src/http-status.ts';
import {
  errorKinds,
  keysOf,
  manifestSchema,
  predictionOptionsSchema,
  type ErrorCode,
  type Keys,
} from '../../packages/shared/src/contract/index.ts';
import { parseManifest } from '../../packages/worker-runtime/src/model-folder/parse-manifest.ts';
import { checkRule } from './check-rule.ts';
import { tableBelow } from './documents.ts';
import type { Project, Rule } from './project.ts';

interface DocumentedTable {
  readonly document: string;
  readonly heading: string;
  /** The cells that the code knows, from the left. */
  readonly rows: (project: Project) => readonly (readonly string[])[];
}

function differences({ document, heading, rows }: DocumentedTable): Rule {
  return (project) => {
    const expected = rows(project).map((cells) => cells.join(' | '));
    const width = rows(project)[0]?.length ?? 1;
    const there = tableBelow(project, document, heading).map((cells) => cells.slice(0, width).join(' | '));
    return [
      ...expected
        .filter((row) => !there.includes(row))
        .map((row) => `${document}, ${heading}: misses ${row}`),
      ...there
        .filter((row) => !expected.includes(row))
        .map((row) => `${document}, ${heading}: invents ${row}`),
    ];
  };
}

function checkTable(name: string, table: DocumentedTable): void {
  const { document, heading } = table;
  checkRule(name, 'a list in two places is a list that differs', differences(table), [
    { files: { [document]: '' }, found: `${document}, ${heading}: misses` },
    {
      files: {
        [document]: `# ${heading}\n\n| a | b | c | d |\n| - | - | - | - |\n| \`made_up\` | x | y | z |\n`,
      },
      found: `${document}, ${heading}: invents made_up`,
    },
  ]);
}

checkTable('the table of errors is the code’s', {
  document: 'docs/http-api.md',
  heading: 'Errors',
  rows: () =>
    (Object.keys(errorKinds) as ErrorCode[]).map((code) => [
      code,
      String(httpStatus[code]),
      errorKinds[code],
    ]),
});

checkTable('the table of options is the code’s', {
  document: 'docs/http-api.md',
  heading: 'Options',
  rows: () => Object.keys(predictionOptionsSchema.shape).map((option) => [option]),
});

checkTable('the table of terms is the code’s', {
  document: 'docs/http-api.md',
  heading: 'Terms',
  rows: () => termFields.map((field) => [field]),
});

checkTable('the table of routes is the code’s', {
  document: 'docs/http-api.md',
  heading: 'Routes',
  rows: (project) =>
    project.paths
      .filter((path) => path === 'apps/gateway/src/app.ts' || path.startsWith('apps/gateway/src/routes/'))
      .flatMap((path) => [
        ...project.read(path).matchAll(/\bapp\.(get|post|put|delete)(?:<.+?>)?\(\s*'([^']+)'/g),
      ])
      .map(([, method = '', address = '']) => [`${method.toUpperCase()} ${address}`])
      .concat([['GET /'], ['GET /shoal.mjs']]),
});

checkTable('the table of keys is the code’s', {
  document: 'docs/architecture.md',
  heading: 'The keys',
  rows: () => {
    const keys = keysOf('shoal');
    const placeholders: Partial<Record<keyof Keys, string>> = {
      upload: '<id>',
      result: '<id>',
      started: '<id>',
      model: '<name>',
      worker: '<model>/<workerId>',
      nameClaim: '<name>',
      rate: '<caller>',
      claim: '<digest>',
      watchers: '<id>',
      quarantined: '<id>',
      sweepLease: '<chore>',
      ended: '<model>',
      gpu: '<uuid>',
      machine: '<id>',
      wake: '<gatewayId>',
    };
    type Named = Exclude<keyof Keys, 'queueName'>;
    return (Object.keys(keys).filter((name) => name !== 'queueName') as Named[]).map((name) => {
      const key = keys[name];
      return [
        typeof key === 'string'
          ? name === 'queuePrefix'
            ? `${key}:<queue>:…`
            : key
          : key(placeholders[name] ?? '?'),
      ];
    });
  },
});

interface JsonSchema {
  readonly properties?: Readonly<Record<string, JsonSchema>>;
  readonly required?: readonly string[];
  readonly items?: JsonSchema;
  readonly default?: unknown;
}

checkTable('the table of manifest fields is the code’s', {
  document: 'docs/adding-a-model.md',
  heading: 'Every field of model.yaml',
  rows: () => fieldsOf(manifestSchema.toJSONSchema({ io: 'input' }) as JsonSchema, ''),
});

/** `input.sizes[].width` and its default: leaves, and lists of objects by the fields of their entries. */
function fieldsOf({ properties = {}, required = [] }: JsonSchema, prefix: string): [string, string][] {
  return Object.entries(properties).flatMap(([name, schema]) => {
    if (schema.properties !== undefined) return fieldsOf(schema, `${prefix}${name}.`);
    if (schema.items?.properties !== undefined) return fieldsOf(schema.items, `${prefix}${name}[].`);
    const given = schema.default;
    const text = given === undefined ? '' : typeof given === 'string' ? given : JSON.stringify(given);
    return [[`${prefix}${name}`, required.includes(name) ? 'required' : text]];
  });
}

const brokenManifests: Rule = (project) =>
  [...project.read('docs/adding-a-model.md').matchAll(/^```yaml\n(.*?)^```/gms)].flatMap(([, text = '']) => {
    const parsed = parseManifest(text);
    return 'problems' in parsed ? parsed.problems.map((problem) => `docs/adding-a-model.md: ${problem}`) : [];
  });

checkRule(
  'every manifest in the documents is one',
  'the first model of a newcomer is a copy of it',
  brokenManifests,
  [
    {
      files: { 'docs/adding-a-model.md': '```yaml\nname: reef\nadaptor: yolo\n```\n' },
      found: 'docs/adding-a-model.md: adaptor: there is no such field',
    },
  ],
);
