import { errorCodes, errorKinds, type ErrorCode } from '@shoal/shared/contract';
import { describe, expect, test } from 'vitest';
import { httpStatus, retryAfterS } from './http-status.ts';

/** What clients are promised. Whoever changes a line here changes the interface. */
const promised: Readonly<Record<number, readonly ErrorCode[]>> = {
  400: ['upload_missing', 'options_invalid'],
  401: ['unauthorized'],
  404: ['model_unknown', 'prediction_unknown', 'route_unknown'],
  405: ['method_not_allowed'],
  408: ['upload_timeout'],
  409: ['canceled'],
  413: ['upload_too_large'],
  415: ['media_type_unsupported'],
  422: ['image_undecodable', 'image_too_large', 'idempotency_key_reused'],
  429: ['rate_limited'],
  500: ['upload_lost', 'model_failed', 'internal'],
  503: ['overloaded', 'model_unavailable', 'redis_unavailable', 'shutting_down'],
  504: ['deadline_exceeded'],
};
const rows = Object.entries(promised).flatMap(([status, codes]) =>
  codes.map((code) => [code, Number(status)] as const),
);

test.each(rows)('%s is %i', (code, status) => {
  expect(httpStatus[code]).toBe(status);
});

test('every code has a status', () => {
  expect(rows.map(([code]) => code).sort()).toEqual([...errorCodes].sort());
});

test('answers are 4xx, trouble and bugs are 5xx', () => {
  for (const code of errorCodes) {
    expect([code, Math.floor(httpStatus[code] / 100)]).toEqual([code, errorKinds[code] === 'answer' ? 4 : 5]);
  }
});

describe('Retry-After', () => {
  test('stands where coming again helps, and nowhere else', () => {
    const told = errorCodes.filter((code) => retryAfterS(code) !== undefined);
    expect(told.sort()).toEqual([...promised[429]!, ...promised[503]!].sort());
    for (const code of told) expect(retryAfterS(code)).toBeGreaterThanOrEqual(1);
  });
});
