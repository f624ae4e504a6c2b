/**
 * What watches the system names what the system says: every metric and label of rules, dashboard and documents is one
 * that a real gateway or worker has at `/metrics`; and the rules fire on data that should fire them.
 */
import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { parse } from 'yaml';
import { beforeAll, afterAll, describe, expect, test } from 'vitest';
import { findOnPath } from '../../scripts/redis/find-redis.ts';
import { project } from '../architecture/project.ts';
import { tableBelow } from '../architecture/documents.ts';
import { predict } from '../support/ask.ts';
import { healthAddress, readSamples, type Sample } from '../support/metrics.ts';
import { sampleScene } from '../support/pictures.ts';
import { repository } from '../support/service-process.ts';
import { startStack, type Stack } from '../support/stack.ts';

const folder = path.join(repository, 'observability');
const inFolder = (file: string) => path.join(folder, file);

interface Named {
  readonly where: string;
  readonly expression: string;
}

function expressionsOfRules(): Named[] {
  const { groups } = parse(readFileSync(inFolder('prometheus/rules.yml'), 'utf8')) as {
    groups: { rules: { alert: string; expr: string }[] }[];
  };
  return groups.flatMap(({ rules }) => rules.map(({ alert, expr }) => ({ where: alert, expression: expr })));
}

function expressionsOfDashboard(): Named[] {
  const { panels, templating } = JSON.parse(
    readFileSync(inFolder('grafana/dashboards/shoal.json'), 'utf8'),
  ) as {
    panels: { title: string; targets?: { expr: string }[] }[];
    templating: { list: { name: string; definition: string }[] };
  };
  return [
    ...panels.flatMap(({ title, targets = [] }) =>
      targets.map(({ expr }) => ({ where: title, expression: expr })),
    ),
    ...templating.list.map(({ name, definition }) => ({
      where: `variable ${name}`,
      expression: definition.replace(/^label_values\((\w+), *(\w+)\)$/, '$1{$2=""}'),
    })),
  ];
}

/** Words of the language, and what Prometheus itself adds. */
const language = /^(?:bool|by|on|or|and|unless|without|le|job|instance)$/;
const ofPrometheus = new Set(['up', 'ALERTS']);

/** Each metric of an expression, with the labels that it is asked for. */
function metricsIn(expression: string): { metric: string; labels: string[] }[] {
  const bare = expression
    .replaceAll(/\b(?:by|on|without|group_left) *\([^)]*\)/g, ' ')
    .replaceAll(/\[[^\]]*\]/g, ' ');
  return [...bare.matchAll(/([a-zA-Z_:][\w:]*)(?!\w| *\()(?:\{([^}]*)\})?/g)]
    .map(([, metric = '', matchers = '']) => ({
      metric,
      labels: [...matchers.matchAll(/(\w+) *(?:=~|!~|!=|=)/g)].map(([, label = '']) => label),
    }))
    .filter(({ metric }) => !language.test(metric) && !ofPrometheus.has(metric));
}

let stack: Stack;
let addresses: Record<'gateway' | 'worker', string>;
let samples: readonly Sample[];

beforeAll(async () => {
  stack = await startStack({ models: ['demo-yolo'], env: { SHOAL_METRICS_PORT: '0' } });
  addresses = { gateway: stack.url, worker: await healthAddress(stack.workers[0]!) };
  await predict(stack.url, 'demo-yolo', await sampleScene());
  samples = await readSamples(addresses.gateway, addresses.worker);
});

afterAll(() => stack.stop());

const isHistogram = (name: string, end: string): boolean =>
  samples.some((sample) => sample.name === `${name.slice(0, -end.length)}_bucket`);

describe('names', () => {
  test('the parser of this test sees what there is to see', () => {
    expect(
      metricsIn(
        'sum by (model) (rate(a_total{kind=~"x|y", model!="z"}[5m])) / (max(b) > 0) unless on (c) d ' +
          'and increase(e[5m] @ end()) * on (c) group_left (model) (f >= bool 0)',
      ),
    ).toEqual([
      { metric: 'a_total', labels: ['kind', 'model'] },
      ...['b', 'd', 'e', 'f'].map((metric) => ({ metric, labels: [] })),
    ]);
  });

  test.each([
    ['rule', expressionsOfRules],
    ['panel', expressionsOfDashboard],
  ])('every %s asks for metrics and labels that there are', (_what, expressions) => {
    const all = expressions();
    expect(all.length).toBeGreaterThan(9);
    for (const { where, expression } of all) {
      for (const { metric, labels } of metricsIn(expression)) {
        const there = samples.find(({ name }) => name === metric);
        expect(there, `${where}: ${metric}`).toBeDefined();
        const known = [...Object.keys(there!.labels), 'job', 'instance'];
        for (const label of labels) expect(known, `${where}: ${metric}`).toContain(label);
      }
    }
  });

  test('the table of metrics is the code’s', () => {
    const said = samples
      .map(({ name }) =>
        name.replace(/_(?:bucket|sum|count)$/, (end, at: number) =>
          at > 0 && isHistogram(name, end) ? '' : end,
        ),
      )
      .filter((name) => /^(?:nv|shoal)_/.test(name));
    const documented = tableBelow(project, 'docs/metrics.md', 'Every metric').map(([name]) => name);
    expect(new Set(documented)).toEqual(new Set(said));
  });
});

/** On the path, or where `.ci/run` puts it. */
function findPromtool(): string | undefined {
  const fetched = path.join(repository, '.data', 'promtool');
  return findOnPath('promtool') ?? (existsSync(fetched) ? fetched : undefined);
}

const promtool = findPromtool();

const run = (...args: string[]): string => execFileSync(promtool!, args, { encoding: 'utf8', stdio: 'pipe' });

function problemsOf(input: string): string[] {
  try {
    return execFileSync(promtool!, ['check', 'metrics'], { input, encoding: 'utf8', stdio: 'pipe' })
      .trim()
      .split('\n')
      .filter(Boolean);
  } catch (error) {
    const { stdout, stderr } = error as { stdout: string; stderr: string };
    return `${stdout}${stderr}`.trim().split('\n').filter(Boolean);
  }
}

describe.skipIf(promtool === undefined)('Prometheus’ own tool (promtool on the PATH or in .data)', () => {
  test('configuration and rules are well-formed', () => {
    expect(run('check', 'config', inFolder('prometheus/prometheus.yml'))).toContain('SUCCESS');
    expect(run('check', 'rules', inFolder('prometheus/rules.yml'))).toContain(
      `SUCCESS: ${expressionsOfRules().length} rules found`,
    );
  });

  test('every rule fires on data that should fire it, and not on the data beside', () => {
    const tests = readFileSync(inFolder('prometheus/rules.test.yml'), 'utf8');
    const fired = [...tests.matchAll(/alertname: (\w+)\n\s+eval_time: \S+\n\s+exp_alerts:/g)].map(
      ([, name]) => name,
    );
    expect(new Set(fired)).toEqual(new Set(expressionsOfRules().map(({ where }) => where)));
    expect(run('test', 'rules', inFolder('prometheus/rules.test.yml'))).toContain('SUCCESS');
  });

  test.each(['gateway', 'worker'] as const)('what a %s says is well-formed', async (who) => {
    const text = await (await fetch(`${addresses[who]}/metrics`)).text();
    expect(text).toContain('shoal_');
    // Names that are not ours to choose: Triton's, and those of the library.
    expect(problemsOf(text).filter((line) => !/^(?:nv|nodejs)_/.test(line))).toEqual([]);
  });
});
