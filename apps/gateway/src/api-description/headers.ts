/** What requests and answers have in their headers, each described once. */
import type { Header, Parameter, Reference } from './openapi.ts';

const seconds = { type: 'integer', minimum: 0 };

export const headers = {
  'X-Request-Id': {
    description:
      "The caller's own when it sends one of letters, digits and `_ . : -`, else a new one. The logs have it.",
    schema: { type: 'string' },
  },
  'X-Prediction-Id': {
    description: "The prediction's id, also when the body has none.",
    schema: { type: 'string', format: 'uuid' },
  },
  'Idempotent-Replayed': {
    description: 'This is the answer of an earlier request with the same `Idempotency-Key`.',
    schema: { type: 'string', const: 'true' },
  },
  'Preference-Applied': {
    description: 'What of `Prefer` was followed.',
    schema: { type: 'string' },
  },
  Location: {
    description: 'Where the answer will be.',
    schema: { type: 'string', format: 'uri-reference' },
  },
  'Retry-After': { description: 'Seconds after which to come again.', schema: seconds },
  'WWW-Authenticate': { description: 'As in RFC 6750.', schema: { type: 'string' } },
  'RateLimit-Limit': {
    description: 'Pictures that this caller may send in a minute; only where there is a limit.',
    schema: seconds,
  },
  'RateLimit-Remaining': { description: 'How many of them are left.', schema: seconds },
  'RateLimit-Reset': { description: 'Seconds until all of them are there again.', schema: seconds },
} as const satisfies Record<string, Header>;

export type HeaderName = keyof typeof headers;

export const rateLimitHeaders = ['RateLimit-Limit', 'RateLimit-Remaining', 'RateLimit-Reset'] as const;

export function headerRefs(names: readonly HeaderName[]): Record<string, Reference> {
  return Object.fromEntries(
    (['X-Request-Id', ...names] as const).map((name) => [name, { $ref: `#/components/headers/${name}` }]),
  );
}

export const parameters = {
  Prefer: {
    name: 'Prefer',
    in: 'header',
    description:
      '`respond-async`: do not wait, and have a deadline of an hour instead of seconds. `wait=N`: wait N seconds at most. ' +
      'Both may stand there, separated by a comma. Other preferences are ignored.',
    schema: { type: 'string' },
    example: 'respond-async',
  },
  PreferWait: {
    name: 'Prefer',
    in: 'header',
    description: '`wait=N`: wait N seconds at most for the answer. Other preferences are ignored.',
    schema: { type: 'string' },
    example: 'wait=10',
  },
  IdempotencyKey: {
    name: 'Idempotency-Key',
    in: 'header',
    description:
      'Requests with the same key, picture, model and options are one prediction for 24 hours: whoever lost the connection ' +
      'sends the request again, with the same key, and gets the same answer.',
    schema: { type: 'string', pattern: '^[\\u0021-\\u007e]{1,255}$' },
    example: '7f9c2ba4-e88f-4f0c-9a57-1b2f6d5e0c11',
  },
  RequestId: {
    name: 'X-Request-Id',
    in: 'header',
    description:
      'A name for this request in the logs, of letters, digits and `_ . : -`; anything else is replaced.',
    schema: { type: 'string' },
  },
  PredictionId: {
    name: 'id',
    in: 'path',
    required: true,
    description: "The prediction's id.",
    schema: { type: 'string', format: 'uuid' },
    example: '01a1f93c-89d6-7502-8ce3-368aebdb0ca3',
  },
  ModelName: {
    name: 'name',
    in: 'path',
    required: true,
    description: "A model's name or one of its aliases.",
    schema: { type: 'string' },
    example: 'demo-yolo',
  },
} as const satisfies Record<string, Parameter>;

export const parameterRef = (name: keyof typeof parameters): Reference => ({
  $ref: `#/components/parameters/${name}`,
});
