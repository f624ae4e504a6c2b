/**
 * The API as an OpenAPI document: what `/openapi.json` answers, what `/docs` shows, and what the documents' reference is
 * made of. A pure value. That it is true is held by tests, which compare it with the routes and with real answers.
 */
import { codeSamples } from './code-samples.ts';
import { headers, parameters } from './headers.ts';
import type { ApiDescription, Operation, PathItem } from './openapi.ts';
import { gatewayPaths, modelPaths } from './other-operations.ts';
import { legacyPaths, predictionPaths, webhookItem } from './prediction-operations.ts';
import { describeSchemas } from './schemas.ts';

const tags = [
  { name: 'Predictions', description: 'A picture in, what is in it out, now or later.' },
  { name: 'Models', description: 'What is served here.' },
  { name: 'Older server', description: 'For clients of the server that came before this one.' },
  { name: 'This gateway', description: 'For probes, and for those who want to know this API.' },
];

const introduction =
  'Object detection over HTTP. A picture is posted, waits in the queue of its model, is computed by whichever worker is free, ' +
  'and its answer is found under its id.\n\n' +
  'A request is refused with a code for programs, which stays, and a message for people, which may change. An *answer* is ' +
  'final: the same request gets the same again. *Trouble* may pass, so trying again makes sense; 503 and 429 say when, in ' +
  '`Retry-After`. A *bug* is ours. Whoever tries again with the same `Idempotency-Key` never gets a second prediction.\n\n' +
  'Answers may get further fields; read them so that an unknown one does no harm. What cannot be read as HTTP at all is ' +
  'answered with 400, 408 or 431 in the form of every error. Other addresses are 404 `route_unknown`, other methods 405 ' +
  '`method_not_allowed`. Each `GET` answers `HEAD` too.';

/** Whether callers need a key: `required`, `none`, or `unknown` where no gateway is asked. */
export type KeyRule = 'required' | 'none' | 'unknown';

export interface ApiDescriptionOptions {
  readonly keys: KeyRule;
  /** Addresses that need none, though others do. */
  readonly exempt?: readonly string[];
}

const security = {
  required: [{ apiKey: [] }],
  none: [],
  unknown: [{}, { apiKey: [] }],
} as const satisfies Record<KeyRule, ApiDescription['security']>;

export function describeApi({ keys, exempt = [] }: ApiDescriptionOptions): ApiDescription {
  const paths = { ...predictionPaths, ...modelPaths, ...legacyPaths, ...gatewayPaths };
  return {
    openapi: '3.1.1',
    info: {
      title: 'Shoal',
      summary: 'Object detection over HTTP',
      description: introduction,
      version: '1',
      license: { name: 'Apache-2.0', identifier: 'Apache-2.0' },
    },
    tags,
    security: security[keys],
    paths: Object.fromEntries(
      Object.entries(paths).map(([path, item]) => [path, complete(item, exempt.includes(path))]),
    ),
    webhooks: { predictionEnded: webhookItem },
    components: {
      schemas: describeSchemas(),
      headers,
      parameters,
      securitySchemes: {
        apiKey: {
          type: 'http',
          scheme: 'bearer',
          description: 'Where whoever runs the server asks for keys, every request brings one.',
        },
      },
    },
  };
}

function complete(item: PathItem, needsNoKey: boolean): PathItem {
  return Object.fromEntries(
    Object.entries(item).map(([method, operation]: [string, Operation]) => [
      method,
      { ...operation, ...codeSamples(operation.operationId), ...(needsNoKey && { security: [] }) },
    ]),
  );
}
