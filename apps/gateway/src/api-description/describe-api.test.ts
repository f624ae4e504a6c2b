import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { errorCodes } from '@shoal/shared/contract';
import { createLog, readSettings } from '@shoal/shared/service';
import { expect, onTestFinished, test } from 'vitest';
import { AnswerSchemas, validateOpenApi } from '../../../../tests/support/answer-schemas.ts';
import { repository } from '../../../../tests/support/service-process.ts';
import { buildApp } from '../app.ts';
import type { GatewayContext } from '../gateway-context.ts';
import { GatewayMetrics } from '../metrics.ts';
import { describeApi } from './describe-api.ts';
import type { Operation } from './openapi.ts';
import { renderPage } from './render-page.ts';
import { toReference } from './reference.ts';

const api = describeApi({ keys: 'unknown' });
const operations = Object.values({ ...api.paths, ...api.webhooks }).flatMap((item): Operation[] =>
  Object.values(item),
);

test('it is an OpenAPI document, as a program that knows the standard says', async () => {
  expect(await validateOpenApi(api)).toEqual({ version: '3.1', valid: true });
  expect(await validateOpenApi({ ...api, paths: [] })).toMatchObject({ valid: false });
});

test('every reference leads to something', () => {
  const references = [...JSON.stringify(api).matchAll(/"(#\/components\/[^"]+)"/g)].map(([, to = '']) => to);
  expect(references.length).toBeGreaterThan(50);
  for (const reference of references) {
    const [, , kind = '', name = ''] = reference.split('/');
    const held = (api.components as Record<string, object>)[kind];
    expect(Object.keys(held ?? {})).toContain(name);
  }
});

/** What is no part of the API: the page's files, and what the front door does not lead to. */
const apart = new Set([
  '/*',
  '/',
  '/metrics',
  '/internal/traefik',
  '/internal/models',
  '/internal/models/:name',
]);

test('every route of the gateway is in it, and it has no other', async () => {
  const load = { inFlight: 0, uploadBytes: 0, phase: 'serving' as const };
  const context = {
    settings: readSettings({}),
    log: createLog('test', { SHOAL_LOG_LEVEL: 'silent' }),
    load,
    metrics: new GatewayMetrics({ read: async () => undefined }, load),
    keyRing: undefined,
  } as unknown as GatewayContext;
  // As if the command line were built, and the page not.
  const program = await mkdtemp(path.join(tmpdir(), 'shoal-program-'));
  onTestFinished(() => rm(program, { recursive: true }));
  await writeFile(path.join(program, 'shoal.mjs'), '');
  const app = await buildApp(context, { page: path.join(program, 'none'), program });
  await app.ready();
  const there: string[] = [];
  let way: string[] = [];
  for (const line of app.printRoutes({ commonPrefix: false }).split('\n')) {
    const { indent, part, methods } =
      /^(?<indent>[│ ]*)[├└]── (?<part>\S+)(?: \((?<methods>.+)\))?$/.exec(line)?.groups ?? {};
    if (part === undefined) continue;
    way = [...way.slice(0, indent!.length / 4), part];
    for (const method of methods?.split(', ') ?? []) there.push(`${method} ${way.join('')}`);
  }
  await app.close();
  const routes = there.filter((route) => !/^(?:HEAD|OPTIONS) /.test(route));
  const described = Object.entries(api.paths).flatMap(([address, item]) =>
    Object.keys(item).map((method) => `${method.toUpperCase()} ${address.replaceAll(/\{(\w+)\}/g, ':$1')}`),
  );
  expect(routes.filter((route) => !apart.has(route.split(' ')[1]!)).toSorted()).toEqual(described.toSorted());
});

test('each operation has a name of its own, a group that exists and a summary', () => {
  const names = operations.map(({ operationId }) => operationId);
  expect(new Set(names).size).toBe(names.length);
  const groups = api.tags.map(({ name }) => name);
  for (const { tags, summary } of operations) {
    expect(groups).toEqual(expect.arrayContaining([...tags]));
    expect(summary).toMatch(/^[A-Z].*[^.]$/);
  }
});

test('every error that a prediction can come to is among the answers of a route', () => {
  const described = new Set(
    operations.flatMap(({ responses }) =>
      Object.values(responses).flatMap(({ content }) =>
        Object.keys(content?.['application/json']?.examples ?? {}),
      ),
    ),
  );
  expect(errorCodes.filter((code) => !described.has(code))).toEqual(['method_not_allowed']);
});

test('every example is what its schema says, to the field', () => {
  const schemas = new AnswerSchemas(api);
  let count = 0;
  for (const [address, item] of Object.entries({ ...api.paths, ...api.webhooks })) {
    for (const [method, { responses, requestBody }] of Object.entries<Operation>(item)) {
      const contents = [
        ...Object.values(requestBody?.content ?? {}),
        ...Object.values(responses).flatMap(({ content }) => Object.values(content ?? {})),
      ];
      for (const { schema, examples = {} } of contents) {
        for (const [name, { value }] of Object.entries(examples)) {
          expect(schemas.problemsOf(schema, value), `${method} ${address}: ${name}`).toEqual([]);
          count += 1;
        }
      }
    }
  }
  expect(count).toBeGreaterThan(50);
});

test('a field that the schema does not know is a problem, and so is one that is missing', () => {
  const schemas = new AnswerSchemas(api);
  const answer = { success: true, predictions: [] };
  const schema = { $ref: '#/components/schemas/LegacyAnswer' };
  expect(schemas.problemsOf(schema, answer)).toEqual([]);
  expect(schemas.problemsOf(schema, { ...answer, more: 1 })).not.toEqual([]);
  expect(schemas.problemsOf(schema, { success: true })).not.toEqual([]);
});

test('where a key is needed it says so, and where not it says that as well', () => {
  expect(describeApi({ keys: 'required' }).security).toEqual([{ apiKey: [] }]);
  expect(describeApi({ keys: 'none' }).security).toEqual([]);
  const { paths } = describeApi({ keys: 'required', exempt: ['/predictor'] });
  expect(paths['/predictor']?.post?.security).toEqual([]);
  expect(paths['/v1/predictions']?.post?.security).toBeUndefined();
});

test('the page shows every route, schema and command, and takes no text for markup', async () => {
  const page = renderPage(api);
  for (const { operationId } of operations) expect(page).toContain(`id="${operationId}"`);
  for (const { schemas, groups } of [toReference(api)]) {
    for (const { name } of schemas) expect(page).toContain(`id="schema-${name}"`);
    const samples = groups.flatMap(({ routes }) => routes.flatMap(({ sample }) => sample ?? []));
    for (const sample of samples) expect(page).toContain(sample.replaceAll('>', '&gt;'));
  }
  const ids = [...page.matchAll(/\bid="([^"]+)"/g)].map(([, id]) => id);
  expect(new Set(ids).size).toBe(ids.length);
  for (const [, to = ''] of page.matchAll(/href="#([^"]+)"/g)) expect(ids).toContain(to);
  const hostile = { ...api, info: { ...api.info, description: 'a <script>alert(1)</script> & "b"' } };
  expect(renderPage(hostile)).toContain('a &lt;script&gt;alert(1)&lt;/script&gt; &amp; &quot;b&quot;');
});

test('what lies in the repository is what the code says', async () => {
  const stored = JSON.parse(await readFile(path.join(repository, 'docs/openapi.json'), 'utf8')) as unknown;
  expect(stored, '`npm run api-docs` writes it').toEqual(JSON.parse(JSON.stringify(api)));
});
