import {
  ServiceError,
  canceledResult,
  expiredResult,
  failedResult,
  type Result,
} from '@shoal/shared/contract';
import { fastify } from 'fastify';
import { describe, expect, test } from 'vitest';
import { testResult } from '../../../../tests/support/exchange.ts';
import type { OpenState } from './look-up.ts';
import type { ListEntry, Predicted } from './predict.ts';
import { sendPredicted, sendResult, toLegacyAnswer } from './send-result.ts';

const id = '0199aaaa-bbbb-7ccc-8ddd-eeeeffff0000';

/** What each of the two routes answers with. */
async function answersTo(result: Result) {
  const app = fastify();
  app.post('/v1', (_request, reply) => sendResult(reply, result, (answer) => answer));
  app.post('/old', { config: { isLegacy: true } }, (_request, reply) =>
    sendResult(reply, result, toLegacyAnswer),
  );
  const post = (url: string) => app.inject({ method: 'POST', url });
  return { v1: await post('/v1'), old: await post('/old') };
}

describe('a success', () => {
  const result = testResult(id, {
    detections: [
      { label: 'sea star', classId: 4, score: 0.75, box: { x1: 1.5, y1: 2, x2: 30, y2: 40.25 } },
      { label: 'class_9', classId: 9, score: 0.5, box: { x1: 0, y1: 0, x2: 1, y2: 1 } },
    ],
  });

  test('is told whole on our route', async () => {
    const { v1 } = await answersTo(result);
    expect(v1.statusCode).toBe(200);
    expect(v1.json()).toEqual(result);
  });

  test('is two keys on the old one, names for ids and corners for boxes, in order', async () => {
    const { old } = await answersTo(result);
    expect(old.statusCode).toBe(200);
    expect(old.body).toBe(
      '{"success":true,"predictions":[' +
        '{"category_id":"sea star","scores":[0.75],"bbox":[1.5,2,30,40.25]},' +
        '{"category_id":"class_9","scores":[0.5],"bbox":[0,0,1,1]}]}',
    );
  });

  test('of nothing found is an empty list on both', async () => {
    const { v1, old } = await answersTo(testResult(id, { detections: [] }));
    expect(v1.json()).toMatchObject({ status: 'succeeded', detections: [] });
    expect(old.body).toBe('{"success":true,"predictions":[]}');
  });
});

describe('an end without success', () => {
  test.each([
    [422, failedResult(id, 'image_undecodable', 'its header is broken')],
    [500, failedResult(id, 'model_failed', 'the model failed on this picture')],
    [409, canceledResult(id, 'the caller left')],
    [504, expiredResult(id)],
  ])(
    'is %i with id, status and error on our route, and success: false on the old one',
    async (status, result) => {
      const { v1, old } = await answersTo(result);
      expect([v1.statusCode, old.statusCode]).toEqual([status, status]);
      expect(v1.json()).toEqual(result);
      expect(old.json()).toEqual({
        success: false,
        error: result.status === 'succeeded' ? {} : result.error,
      });
      expect(v1.headers).not.toHaveProperty('retry-after');
    },
  );

  test('with a 503 says when to come again', async () => {
    const { v1, old } = await answersTo(failedResult(id, 'model_unavailable', 'nobody is there'));
    expect([v1.headers['retry-after'], old.headers['retry-after']]).toEqual(['2', '2']);
  });
});

/** What our route says to whoever asks with these headers. */
async function answerWith(predicted: Predicted, headers: Record<string, string> = {}) {
  const app = fastify();
  app.post('/v1/predictions', (_request, answer) => sendPredicted(answer, predicted, (result) => result));
  return app.inject({ method: 'POST', url: '/v1/predictions', headers });
}

const state: OpenState = { id, status: 'queued', place: 3, estimatedMs: 4_200 };

describe('a prediction that has no answer yet', () => {
  test('is a 202 with how it stands, where its answer will be, and when to ask', async () => {
    const answer = await answerWith({ kind: 'open', state });
    expect(answer.statusCode).toBe(202);
    expect(answer.json()).toEqual(state);
    expect(answer.headers).toMatchObject({ location: `/v1/predictions/${id}`, 'retry-after': '5' });
  });

  test.each([
    [undefined, '1'],
    [0, '1'],
    [1_001, '2'],
    [30_000, '30'],
    [3_600_000, '30'],
  ])('and is estimated to take %s ms is to be asked for after %s s', async (estimatedMs, seconds) => {
    const { estimatedMs: _, ...rest } = state;
    const open = { ...rest, ...(estimatedMs !== undefined && { estimatedMs }) };
    expect((await answerWith({ kind: 'open', state: open })).headers['retry-after']).toBe(seconds);
  });

  test.each([
    ['/shoal', `/shoal/v1/predictions/${id}`],
    ['/team-a/shoal_2.x~', `/team-a/shoal_2.x~/v1/predictions/${id}`],
    ['/', `/v1/predictions/${id}`],
    ['shoal', `/v1/predictions/${id}`],
    ['//evil.test', `/v1/predictions/${id}`],
    ['https://evil.test', `/v1/predictions/${id}`],
    ['/a b', `/v1/predictions/${id}`],
    ['/a?x=', `/v1/predictions/${id}`],
    ['/a, /b', `/v1/predictions/${id}`],
  ])('behind a front door that took off %j is found as the caller sees it', async (prefix, location) => {
    const answer = await answerWith({ kind: 'open', state }, { 'x-forwarded-prefix': prefix });
    expect(answer.headers['location']).toBe(location);
  });
});

describe('a list of pictures', () => {
  const refused: ListEntry = {
    kind: 'refused',
    error: new ServiceError('media_type_unsupported', 'expected JPEG', { cause: new Error('secret') }),
  };
  const entries: readonly ListEntry[] = [
    { kind: 'answered', result: testResult(id) },
    refused,
    { kind: 'answered', result: expiredResult(id) },
  ];

  test('of which each has its end is a 200, each with its own in the order in which they came', async () => {
    const answer = await answerWith({ kind: 'list', entries });
    expect(answer.statusCode).toBe(200);
    expect(answer.json()).toEqual({
      predictions: [
        testResult(id),
        { status: 'failed', error: { code: 'media_type_unsupported', message: 'expected JPEG' } },
        expiredResult(id),
      ],
    });
    expect(answer.body).not.toContain('secret');
  });

  test('of which one has none yet is a 202', async () => {
    const answer = await answerWith({ kind: 'list', entries: [{ kind: 'open', state }, ...entries] });
    expect(answer.statusCode).toBe(202);
    expect(answer.json<{ predictions: unknown[] }>().predictions[0]).toEqual(state);
  });

  test('of nothing is an empty list', async () => {
    const answer = await answerWith({ kind: 'list', entries: [] });
    expect([answer.statusCode, answer.json()]).toEqual([200, { predictions: [] }]);
  });
});

test('a prediction that is answered is the answer, with the status of its end', async () => {
  expect((await answerWith({ kind: 'answered', result: testResult(id) })).statusCode).toBe(200);
  expect((await answerWith({ kind: 'answered', result: expiredResult(id) })).statusCode).toBe(504);
});
