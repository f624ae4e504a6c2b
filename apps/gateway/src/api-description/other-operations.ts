/** Models, health and the description itself, described. */
import * as examples from './examples.ts';
import { headerRefs, parameterRef } from './headers.ts';
import { schemaRef, type Operation, type PathItem } from './openapi.ts';
import { errorResponses, jsonResponse } from './responses.ts';

const listModels: Operation = {
  operationId: 'listModels',
  tags: ['Models'],
  summary: 'The models that are served here',
  description: 'With their classes, defaults, workers and queues. A model that is away is among them.',
  parameters: [parameterRef('RequestId')],
  responses: {
    200: jsonResponse('All of them.', schemaRef('ModelList'), {
      one: { value: { models: [examples.model] } },
    }),
    ...errorResponses(['unauthorized', 'internal', 'redis_unavailable']),
  },
};

const getModel: Operation = {
  operationId: 'getModel',
  tags: ['Models'],
  summary: 'One model, by its name or an alias',
  parameters: [parameterRef('ModelName'), parameterRef('RequestId')],
  responses: {
    200: jsonResponse('The model.', schemaRef('Model'), { ready: { value: examples.model } }),
    ...errorResponses(['options_invalid', 'unauthorized', 'model_unknown', 'internal', 'redis_unavailable']),
  },
};

const ok = {
  type: 'object',
  properties: { status: { type: 'string', const: 'ok' } },
  required: ['status'],
};
const fine = jsonResponse('Yes.', ok, { ok: { value: { status: 'ok' } } });

const livez: Operation = {
  operationId: 'isAlive',
  tags: ['This gateway'],
  summary: 'Does this gateway run?',
  security: [],
  responses: { 200: fine, ...errorResponses(['internal']) },
};

const readyz: Operation = {
  operationId: 'isReady',
  tags: ['This gateway'],
  summary: 'Can this gateway take requests?',
  description:
    'It can when it reaches a Redis that takes writes, and is not shutting down. A model that is away is no reason to say no.',
  security: [],
  responses: { 200: fine, ...errorResponses(['internal', 'redis_unavailable', 'shutting_down']) },
};

const describe: Operation = {
  operationId: 'describeApi',
  tags: ['This gateway'],
  summary: 'This description, as OpenAPI',
  security: [],
  responses: {
    200: {
      description: 'An OpenAPI document.',
      headers: headerRefs([]),
      content: { 'application/json': { schema: { type: 'object' } } },
    },
  },
};

const reference: Operation = {
  operationId: 'showReference',
  tags: ['This gateway'],
  summary: 'This description, as a page for people',
  security: [],
  responses: {
    200: {
      description: 'A page.',
      headers: headerRefs([]),
      content: { 'text/html': { schema: { type: 'string' } } },
    },
  },
};

const program: Operation = {
  operationId: 'fetchProgram',
  tags: ['This gateway'],
  summary: 'The command line, for any machine with Node',
  description: 'One file that needs nothing else. It asks for a key only where the page’s files do.',
  security: [],
  responses: {
    200: {
      description: 'A program in JavaScript.',
      headers: headerRefs([]),
      content: { 'application/javascript': { schema: { type: 'string' } } },
    },
    ...errorResponses(['route_unknown']),
  },
};

export const modelPaths: Readonly<Record<string, PathItem>> = {
  '/v1/models': { get: listModels },
  '/v1/models/{name}': { get: getModel },
};

export const gatewayPaths: Readonly<Record<string, PathItem>> = {
  '/livez': { get: livez },
  '/readyz': { get: readyz },
  '/openapi.json': { get: describe },
  '/docs': { get: reference },
  '/shoal.mjs': { get: program },
};
