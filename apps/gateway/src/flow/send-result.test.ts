import { canceledResult, expiredResult, failedResult, type Result } from '@shoal/shared/contract';
import { fastify } from 'fastify';
import { describe, expect, test } from 'vitest';
import { testResult } from '../../../../tests/support/exchange.ts';
import { sendResult, toLegacyAnswer } from './send-result.ts';

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
