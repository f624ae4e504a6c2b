/** The three ways in which a picture comes to `/v1/predictions`, with its options and terms. */
import {
  idempotencyTtlMs,
  predictionOptionsSchema,
  priorities,
  waitedResultTtlMs,
} from '@shoal/shared/contract';
import { toJsonSchema } from '../json-schema.ts';
import type { Content, JsonSchema, Parameter } from './openapi.ts';

const options = (toJsonSchema(predictionOptionsSchema) as { properties: Record<string, JsonSchema> })
  .properties;

const model = { type: 'string', description: 'Name or alias of a model.' };

/** How the prediction is to be served. */
export const terms = {
  priority: {
    type: 'string',
    enum: priorities,
    default: 'normal',
    description: 'How urgent it is. A busy worker does more of the urgent, and some of each.',
  },
  deadlineMs: {
    type: 'integer',
    minimum: 100,
    description:
      'After this many milliseconds it ends with `deadline_exceeded`; at most what `SHOAL_DEADLINE_MAX_MS` says.',
  },
  keepMs: {
    type: 'integer',
    minimum: waitedResultTtlMs,
    maximum: idempotencyTtlMs,
    description:
      'For how many milliseconds the answer is kept once it is there, and with it what an `Idempotency-Key` stands for. ' +
      'Who sends many pictures with keys and takes the answers at once spares the queue most of its room by a small one.',
  },
  webhook: {
    type: 'string',
    format: 'uri',
    maxLength: 2048,
    description: 'Where the answer is posted as soon as it is written.',
  },
  webhookSecret: {
    type: 'string',
    pattern: '^whsec_',
    description:
      'What the webhook is signed with: `whsec_` and 24 to 64 random bytes as base64. Not needed where the server has one.',
  },
} satisfies Record<string, JsonSchema>;

/** As text: a form and a query have no lists of their own. */
const textFields = {
  ...options,
  classes: { type: 'string', description: 'Only these classes, by name, separated by commas.' },
  ...terms,
};

const picture = { type: 'string', format: 'binary' };
const url = 'or a URL of it, where the server allows that';

const form: JsonSchema = {
  type: 'object',
  required: ['image', 'model'],
  properties: {
    model,
    image: {
      description: `The picture, ${url}. The part may be called \`file\` as well. Several parts are a prediction each.`,
      anyOf: [picture, { type: 'array', items: picture }],
    },
    ...textFields,
  },
};

const json: JsonSchema = {
  type: 'object',
  required: ['image', 'model'],
  properties: {
    model,
    image: {
      description: `The picture as base64, as a data URI, ${url}. A list of them is a prediction each.`,
      anyOf: [{ type: 'string' }, { type: 'array', items: { type: 'string' }, minItems: 1 }],
    },
    ...options,
    ...terms,
  },
};

export const predictionContent: Readonly<Record<string, Content>> = {
  'multipart/form-data': { schema: form },
  'application/json': {
    schema: json,
    examples: {
      one: {
        summary: 'One picture',
        value: { model: 'demo-yolo', image: '/9j/4AAQSkZJRg==', minScore: 0.5 },
      },
      several: {
        summary: 'Several pictures',
        value: { model: 'demo-yolo', image: ['/9j/4AAQSkZJRg==', 'iVBORw0KGgo='] },
      },
    },
  },
  'image/*': { schema: picture },
  'application/octet-stream': { schema: picture },
};

/** For a bare body; what stands in a form or in JSON as well counts there. */
export const predictionQuery: readonly Parameter[] = Object.entries({ model, ...textFields }).map(
  ([name, { description, ...schema }]: [string, JsonSchema]) => ({
    name,
    in: 'query',
    description: description ?? '',
    schema,
  }),
);
