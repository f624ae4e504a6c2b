/** Answers as the API's description has them: what went well, and every error with its codes, headers and an example. */
import { errorKinds, type ErrorCode } from '@shoal/shared/contract';
import { httpStatus, retryAfterS } from '../http-status.ts';
import { errorMeanings } from './error-meanings.ts';
import { headerRefs, rateLimitHeaders, type HeaderName } from './headers.ts';
import { schemaRef, type Content, type Example, type JsonSchema, type Response } from './openapi.ts';

export function jsonResponse(
  description: string,
  schema: JsonSchema,
  examples: Readonly<Record<string, Example>>,
  headers: readonly HeaderName[] = [],
): Response {
  return {
    description,
    headers: headerRefs(headers),
    content: { 'application/json': { schema, examples } },
  };
}

/** The form of an error's body. */
export type ErrorForm = 'ErrorBody' | 'LegacyError';

/** Codes of outcomes that a prediction has after it was accepted; their errors name it. */
const outcomes: Partial<Record<ErrorCode, 'failed' | 'canceled' | 'expired'>> = {
  image_undecodable: 'failed',
  image_too_large: 'failed',
  upload_lost: 'failed',
  model_failed: 'failed',
  canceled: 'canceled',
  deadline_exceeded: 'expired',
};

/** Which errors a route has: their answers by status. `counted` are requests that a quota is charged for. */
export function errorResponses(
  codes: readonly ErrorCode[],
  { form = 'ErrorBody', isCounted = false }: { readonly form?: ErrorForm; readonly isCounted?: boolean } = {},
): Record<string, Response> {
  const statuses = [...new Set(codes.map((code) => httpStatus[code]))].toSorted((a, b) => a - b);
  return Object.fromEntries(
    statuses.map((status) => {
      const here = codes.filter((code) => httpStatus[code] === status);
      return [String(status), errorResponse(here, form, isCounted)];
    }),
  );
}

function errorResponse(codes: readonly ErrorCode[], form: ErrorForm, isCounted: boolean): Response {
  const isOutcome = codes.some((code) => outcomes[code] !== undefined);
  const names: HeaderName[] = [
    ...(codes.some((code) => retryAfterS(code) !== undefined) ? (['Retry-After'] as const) : []),
    ...(codes.includes('unauthorized') ? (['WWW-Authenticate'] as const) : []),
    ...(isCounted && !codes.includes('unauthorized') ? rateLimitHeaders : []),
    ...(isOutcome ? (['X-Prediction-Id'] as const) : []),
    // The older form has no keys of this kind.
    ...(isOutcome && isCounted && form === 'ErrorBody' ? (['Idempotent-Replayed'] as const) : []),
  ];
  const content: Content = {
    schema: schemaRef(form),
    examples: Object.fromEntries(codes.map((code) => [code, exampleOf(code, form)])),
  };
  return {
    description: codes
      .map((code) => `\`${code}\` (${errorKinds[code]}): ${errorMeanings[code]}.`)
      .join('\n\n'),
    headers: headerRefs(names),
    content: { 'application/json': content },
  };
}

const messages: Partial<Record<ErrorCode, string>> = {
  upload_missing: 'image: expected base64 or a data URI, came nothing',
  options_invalid: 'minScore: Too big: expected number to be <=1, came 7',
  unauthorized: 'expected an API key in the header "Authorization: Bearer …"',
  model_unknown: 'model: there is no "nothing"; there are: demo-detectron, demo-yolo',
  prediction_unknown: 'there is no such prediction, or not any more',
  media_type_unsupported: 'expected JPEG, PNG, WebP, TIFF, AVIF or GIF, came something else',
  rate_limited: '60 pictures a minute are allowed, of which 0 are left: not enough for this picture',
  model_unavailable: 'no worker serves demo-yolo at present',
  deadline_exceeded: 'the deadline passed before the picture was processed',
};

function exampleOf(code: ErrorCode, form: ErrorForm): Example {
  const error = { code, message: messages[code] ?? errorMeanings[code] };
  if (form === 'LegacyError') return { value: { success: false, error } };
  const status = outcomes[code];
  const id = '01a1f93c-89d6-7502-8ce3-368aebdb0ca3';
  return { value: status === undefined ? { error } : { id, status, error } };
}
