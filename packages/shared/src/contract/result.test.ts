import { describe, expect, test } from 'vitest';
import { testResult } from '../../../../tests/support/exchange.ts';
import { ServiceError, errorKinds } from './errors.ts';
import { canceledResult, expiredResult, failedResult, resultSchema } from './result.ts';

const id = '0199aaaa-bbbb-7ccc-8ddd-eeeeffff0000';

describe('a result', () => {
  test.each([
    testResult(id),
    failedResult(id, 'image_undecodable', 'its header is broken'),
    canceledResult(id, 'the caller left'),
    expiredResult(id),
  ])('$status survives the way through Redis', (result) => {
    expect(resultSchema.parse(JSON.parse(JSON.stringify(result)))).toEqual(result);
  });

  test('without what its status promises is none', () => {
    expect(resultSchema.safeParse({ id, status: 'failed' }).success).toBe(false);
    expect(resultSchema.safeParse({ ...testResult(id), detections: undefined }).success).toBe(false);
    expect(resultSchema.safeParse({ ...testResult(id), status: 'pending' }).success).toBe(false);
    expect(resultSchema.safeParse({ ...testResult('not-an-id') }).success).toBe(false);
  });

  test('an error has a code of the table', () => {
    const result = { id, status: 'failed', error: { code: 'no_such_code', message: '' } };
    expect(resultSchema.safeParse(result).success).toBe(false);
  });
});

describe('an error', () => {
  test('crosses processes as code and message: its cause stays at home', () => {
    const cause = new Error('connect ECONNREFUSED 10.0.0.7:6379');
    const error = new ServiceError('redis_unavailable', 'the queue cannot be reached', { cause });
    expect(error.cause).toBe(cause);
    expect(error.toData()).toEqual({ code: 'redis_unavailable', message: 'the queue cannot be reached' });
  });

  test.each([
    ['image_undecodable', 'answer'],
    ['canceled', 'answer'],
    ['overloaded', 'trouble'],
    ['deadline_exceeded', 'trouble'],
    ['model_failed', 'trouble'],
    ['internal', 'bug'],
  ] as const)('%s is an event of the kind %s', (code, kind) => {
    expect(new ServiceError(code, '').kind).toBe(kind);
    expect(errorKinds[code]).toBe(kind);
  });
});
