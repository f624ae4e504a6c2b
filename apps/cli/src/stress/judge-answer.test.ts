import { describe, expect, test } from 'vitest';
import { judgeAnswer, plainText } from './judge-answer.ts';

const judge = (form: 'multipart' | 'raw' | 'legacy', status: number, json: unknown) =>
  judgeAnswer(form, { status, body: typeof json === 'string' ? json : JSON.stringify(json) });

describe('an answer of /v1', () => {
  test('is a success with status 200 and a prediction that succeeded', () => {
    expect(judge('raw', 200, { id: 'x', status: 'succeeded', detections: [] })).toBeUndefined();
  });

  test('of something else that says 200 is none', () => {
    expect(judge('multipart', 200, '<html>Welcome</html>')).toEqual({
      status: 200,
      code: 'answer_unexpected',
      message: 'not an answer of this API: <html>Welcome</html>',
    });
    expect(judge('raw', 200, { success: true, predictions: [] })).toMatchObject({
      code: 'answer_unexpected',
    });
    expect(judge('raw', 202, { status: 'queued' })).toMatchObject({ status: 202 });
  });

  test('that failed has the code and the message of the server', () => {
    const error = { code: 'image_undecodable', message: 'the file ends too early' };
    expect(judge('raw', 422, { id: 'x', status: 'failed', error })).toEqual({ status: 422, ...error });
  });

  test('that nobody expected there leads to the form for the older server', () => {
    expect(judge('multipart', 404, { detail: 'Not Found' })).toEqual({
      status: 404,
      code: 'http_404',
      message: expect.stringContaining('--form legacy') as string,
    });
    expect(judge('raw', 405, 'Method Not Allowed')?.message).toContain('--form legacy');
    const error = { code: 'model_unknown', message: 'there is no "x"' };
    expect(judge('raw', 404, { error })).toEqual({ status: 404, ...error });
  });
});

describe('an answer of the older server', () => {
  test('is a success when it says so', () => {
    expect(judge('legacy', 200, { success: true, predictions: [] })).toBeUndefined();
    expect(
      judge('legacy', 200, {
        success: true,
        predictions: [{ category_id: 'Asteroidea', scores: [0.59], bbox: [3.2, 88.5, 75.6, 134.9] }],
      }),
    ).toBeUndefined();
  });

  test('is none when it says so, though its status is 200', () => {
    expect(judge('legacy', 200, { success: false })).toEqual({
      status: 200,
      code: 'success_false',
      message: 'it says success: false',
    });
  });

  test('is none without predictions, or in another form', () => {
    expect(judge('legacy', 200, { success: true })).toMatchObject({ code: 'answer_unexpected' });
    expect(judge('legacy', 200, [])).toMatchObject({ code: 'answer_unexpected' });
    expect(judge('legacy', 200, '')).toMatchObject({ code: 'answer_unexpected' });
  });

  test('may explain itself as text, as a list, or not at all', () => {
    expect(judge('legacy', 500, 'Internal Server Error')).toEqual({
      status: 500,
      code: 'http_500',
      message: 'Internal Server Error',
    });
    expect(judge('legacy', 422, { detail: [{ loc: ['body', 'file'], msg: 'field required' }] })).toEqual({
      status: 422,
      code: 'http_422',
      message: '[{"loc":["body","file"],"msg":"field required"}]',
    });
    expect(judge('legacy', 502, '')).toMatchObject({ message: 'an empty answer' });
  });
});

test('a redirect says where to', () => {
  const answer = { status: 307, body: '', location: 'http://a/predictor/' };
  expect(judgeAnswer('legacy', answer)).toEqual({
    status: 307,
    code: 'http_307',
    message: 'it redirects to http://a/predictor/, which is not followed',
  });
});

test('a text of a server becomes one short line that moves no cursor', () => {
  expect(plainText('a\n\tb\u001b[2J\u202ec')).toBe('a b [2J c');
  expect(plainText('x'.repeat(1e6)).length).toBeLessThan(400);
});
