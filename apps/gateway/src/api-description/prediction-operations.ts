/** `/v1/predictions` and `/predictor`, described. */
import type { ErrorCode } from '@shoal/shared/contract';
import * as examples from './examples.ts';
import { headerRefs, parameterRef, rateLimitHeaders } from './headers.ts';
import { schemaRef, type JsonSchema, type Operation, type PathItem } from './openapi.ts';
import { predictionContent, predictionQuery } from './prediction-request.ts';
import { errorResponses, jsonResponse } from './responses.ts';

/** Whatever asks for a prediction may come to these. */
const predicting = [
  'upload_missing',
  'options_invalid',
  'unauthorized',
  'model_unknown',
  'upload_timeout',
  'canceled',
  'upload_too_large',
  'media_type_unsupported',
  'image_undecodable',
  'image_too_large',
  'rate_limited',
  'upload_lost',
  'model_failed',
  'internal',
  'overloaded',
  'model_unavailable',
  'redis_unavailable',
  'shutting_down',
  'deadline_exceeded',
] as const satisfies readonly ErrorCode[];

/** Whatever looks at one prediction may come to these. */
const looking = [
  'options_invalid',
  'unauthorized',
  'prediction_unknown',
  'internal',
  'overloaded',
  'redis_unavailable',
] as const satisfies readonly ErrorCode[];

const oneOrMany = (one: string): JsonSchema => ({ anyOf: [schemaRef(one), schemaRef('PredictionList')] });

const predict: Operation = {
  operationId: 'predict',
  tags: ['Predictions'],
  summary: 'Find objects in a picture',
  description:
    'The picture comes as the part `image` of a form, as the bare body with everything else in the query, or as base64 in ' +
    'JSON. What is left out is the default of the model. An option that does not exist is an error.\n\n' +
    'The request waits for the answer, 25 s at most as delivered. With `Prefer: respond-async` it does not wait: the answer ' +
    'is 202, and says where the result will be.\n\n' +
    'Several parts `image`, or a list in JSON, are a prediction each. Then the answer is `{"predictions": […]}` in the same ' +
    'order, each with its own result or its own error; a bad picture fails alone.',
  parameters: [
    parameterRef('Prefer'),
    parameterRef('IdempotencyKey'),
    parameterRef('RequestId'),
    ...predictionQuery,
  ],
  requestBody: { required: true, content: predictionContent },
  responses: {
    200: jsonResponse(
      'What was found; for a list, what became of each picture.',
      oneOrMany('SucceededPrediction'),
      {
        one: { summary: 'One picture', value: examples.succeeded },
        several: {
          summary: 'Several pictures',
          value: { predictions: [examples.succeeded, examples.refused] },
        },
      },
      ['X-Prediction-Id', 'Idempotent-Replayed', 'Preference-Applied', ...rateLimitHeaders],
    ),
    202: jsonResponse(
      'Accepted, and not answered yet. `Location` and `Retry-After` are there where it was one picture.',
      oneOrMany('OpenPrediction'),
      {
        one: { summary: 'One picture', value: examples.open },
        several: { summary: 'Several pictures', value: { predictions: [examples.open, examples.refused] } },
      },
      [
        'Location',
        'Retry-After',
        'Preference-Applied',
        'X-Prediction-Id',
        'Idempotent-Replayed',
        ...rateLimitHeaders,
      ],
    ),
    ...errorResponses([...predicting, 'idempotency_key_reused'], { isCounted: true }),
  },
};

const getPrediction: Operation = {
  operationId: 'getPrediction',
  tags: ['Predictions'],
  summary: 'How a prediction stands, or its answer',
  description:
    'With `Prefer: wait=N` the request waits for the answer first. Any gateway may be asked. The answer is kept for an hour ' +
    'as delivered, for 24 hours where the request had an `Idempotency-Key`, and for a minute where its caller waited for it.',
  parameters: [parameterRef('PredictionId'), parameterRef('PreferWait'), parameterRef('RequestId')],
  responses: {
    200: jsonResponse('Its answer, which is final.', schemaRef('FinalPrediction'), {
      succeeded: { value: examples.succeeded },
      failed: { value: examples.failed },
      canceled: { value: examples.canceled },
      expired: { value: examples.expired },
    }),
    202: jsonResponse(
      'There is no answer yet.',
      schemaRef('OpenPrediction'),
      { open: { value: examples.open } },
      ['Location', 'Retry-After'],
    ),
    ...errorResponses(looking),
  },
};

const cancelPrediction: Operation = {
  operationId: 'cancelPrediction',
  tags: ['Predictions'],
  summary: 'Cancel a prediction',
  description:
    'One that is queued costs no inference, one that is running is not delivered. The answer is what stands: `canceled`, or ' +
    'the answer that was there first.',
  parameters: [parameterRef('PredictionId'), parameterRef('RequestId')],
  responses: {
    200: jsonResponse('What stands from now on.', schemaRef('FinalPrediction'), {
      canceled: { value: examples.canceled },
      succeeded: { summary: 'The answer came first', value: examples.succeeded },
    }),
    ...errorResponses(looking.filter((code) => code !== 'overloaded')),
  },
};

const followPrediction: Operation = {
  operationId: 'followPrediction',
  tags: ['Predictions'],
  summary: 'What becomes of a prediction, as server-sent events',
  description:
    'Event `state` has an `OpenPrediction` whenever it changes, event `result` has the `FinalPrediction`, and the stream ends. ' +
    'A stream that breaks off, or ends without a result, goes on at any gateway by asking again. A browser’s `EventSource` ' +
    'cannot send a key: where one is needed, read the body of `fetch`.',
  parameters: [parameterRef('PredictionId'), parameterRef('RequestId')],
  responses: {
    200: {
      description: 'The events.',
      headers: headerRefs([]),
      content: {
        'text/event-stream': {
          schema: { type: 'string' },
          examples: { two: { summary: 'Queued, then found', value: examples.events } },
        },
      },
    },
    ...errorResponses(looking),
  },
};

const predictor: Operation = {
  operationId: 'predictLegacy',
  tags: ['Older server'],
  summary: 'Find objects in a picture, in the form of the older server',
  description:
    'Address, fields and answer are those of the server that came before this one. The options of `/v1/predictions` may be ' +
    'parts too; fields that mean nothing here are ignored. The request waits for its answer.',
  parameters: [parameterRef('RequestId')],
  requestBody: {
    required: true,
    content: {
      'multipart/form-data': {
        schema: {
          type: 'object',
          required: ['model_type', 'file'],
          properties: {
            model_type: { type: 'string', description: 'Name or alias of a model.' },
            file: { type: 'string', format: 'binary', description: 'The picture.' },
          },
        },
      },
    },
  },
  responses: {
    200: jsonResponse(
      'What was found.',
      schemaRef('LegacyAnswer'),
      {
        found: { value: examples.legacy },
        nothing: { summary: 'Nothing found', value: { success: true, predictions: [] } },
      },
      ['X-Prediction-Id', ...rateLimitHeaders],
    ),
    ...errorResponses(predicting, { form: 'LegacyError', isCounted: true }),
  },
};

export const predictionPaths: Readonly<Record<string, PathItem>> = {
  '/v1/predictions': { post: predict },
  '/v1/predictions/{id}': { get: getPrediction, delete: cancelPrediction },
  '/v1/predictions/{id}/events': { get: followPrediction },
};

export const legacyPaths: Readonly<Record<string, PathItem>> = { '/predictor': { post: predictor } };

export const webhookItem: PathItem = {
  post: {
    operationId: 'predictionEnded',
    tags: ['Predictions'],
    summary: 'Your server is told the answer',
    description:
      'Sent to the `webhook` of a request as soon as the answer is written, whatever it is, in the form of Standard Webhooks. ' +
      'It is delivered at least once: `webhook-id` is the prediction’s id, the same with every attempt. The signature is ' +
      'HMAC-SHA256 over `webhook-id.webhook-timestamp.body`.',
    security: [],
    parameters: [
      {
        name: 'webhook-id',
        in: 'header',
        description: "The prediction's id.",
        required: true,
        schema: { type: 'string', format: 'uuid' },
      },
      {
        name: 'webhook-timestamp',
        in: 'header',
        description: 'Seconds since 1970 of this attempt.',
        required: true,
        schema: { type: 'integer' },
      },
      {
        name: 'webhook-signature',
        in: 'header',
        description: '`v1,` and the signature as base64.',
        required: true,
        schema: { type: 'string' },
      },
    ],
    requestBody: {
      required: true,
      content: {
        'application/json': {
          schema: schemaRef('FinalPrediction'),
          examples: { succeeded: { value: examples.succeeded } },
        },
      },
    },
    responses: {
      '2XX': { description: 'You have it.' },
      410: { description: 'You want none, and it is given up.' },
      default: { description: 'It is tried again, 9 times in half an hour.' },
    },
  },
};
