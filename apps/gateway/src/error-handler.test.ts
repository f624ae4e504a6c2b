import { ServiceError } from '@shoal/shared/contract';
import { fastify } from 'fastify';
import { describe, expect, test } from 'vitest';
import { handleErrors } from './error-handler.ts';

/** An application whose routes throw what they are told to. */
function appThatThrows(error: unknown) {
  const app = fastify({ bodyLimit: 100 });
  handleErrors(app);
  const fail = async () => {
    throw error;
  };
  app.post('/v1/predictions', fail);
  app.post('/predictor', { config: { isLegacy: true } }, fail);
  app.get('/both', fail);
  app.post('/both', fail);
  return app;
}

const post = (error: unknown, url = '/v1/predictions') =>
  appThatThrows(error).inject({ method: 'POST', url });

describe('what is thrown', () => {
  test('an error of ours is told as it is, with its status', async () => {
    const response = await post(new ServiceError('image_too_large', 'too many pixels'));
    expect(response.statusCode).toBe(422);
    expect(response.json()).toEqual({ error: { code: 'image_too_large', message: 'too many pixels' } });
    expect(response.headers).not.toHaveProperty('retry-after');
  });

  test('the old route says success: false before it', async () => {
    const response = await post(new ServiceError('image_too_large', 'too many pixels'), '/predictor');
    expect(response.body).toBe(
      '{"success":false,"error":{"code":"image_too_large","message":"too many pixels"}}',
    );
  });

  test('trouble comes with a Retry-After, an error’s own where it knows better', async () => {
    const usual = await post(new ServiceError('overloaded', 'full'));
    expect(usual.headers['retry-after']).toBe('2');
    const own = await post(new ServiceError('overloaded', 'full', { retryAfterS: 17 }));
    expect(own.headers['retry-after']).toBe('17');
  });

  test('a cause is never told', async () => {
    const cause = new Error('connect ECONNREFUSED 10.0.0.7:6379');
    const response = await post(
      new ServiceError('redis_unavailable', 'the queue cannot be reached', { cause }),
    );
    expect(response.body).not.toMatch(/10\.0\.0\.7|ECONN|stack/);
  });

  test.each([
    ['an error of the runtime', new TypeError('cannot read secret of undefined')],
    ['a string', 'secret'],
    ['an error that asks for a status', Object.assign(new Error('secret'), { statusCode: 502 })],
    ['nothing', undefined],
  ])('%s is internal, without a word of what it says', async (_what, error) => {
    const response = await post(error);
    expect(response.statusCode).toBe(500);
    expect(response.json()).toEqual({ error: { code: 'internal', message: 'something went wrong here' } });
  });

  test('a refusal of the framework keeps its kind', async () => {
    const tooLarge = await appThatThrows(undefined).inject({
      method: 'POST',
      url: '/v1/predictions',
      headers: { 'content-type': 'application/json' },
      payload: `"${'x'.repeat(200)}"`,
    });
    expect(tooLarge.statusCode).toBe(413);
    expect(tooLarge.json()).toMatchObject({ error: { code: 'upload_too_large' } });
    const odd = await post(Object.assign(new Error('odd'), { statusCode: 418 }));
    expect(odd.statusCode).toBe(400);
    expect(odd.json()).toEqual({ error: { code: 'options_invalid', message: 'odd' } });
  });

  test('after an upload that does not end the connection is closed', async () => {
    const response = await post(new ServiceError('upload_timeout', 'too slow'));
    expect(response.headers['connection']).toBe('close');
  });
});

describe('what is not there', () => {
  test('an address is named without its query, and not at any length', async () => {
    const app = appThatThrows(undefined);
    const response = await app.inject(`/nothing?token=secret`);
    expect(response.statusCode).toBe(404);
    expect(response.json()).toEqual({
      error: { code: 'route_unknown', message: 'there is nothing at /nothing' },
    });
    const long = await app.inject(`/${'x'.repeat(2_000)}`);
    expect(long.json<{ error: { message: string } }>().error.message.length).toBeLessThan(300);
  });

  test.each([
    ['/v1/predictions', 'POST'],
    ['/both', 'GET, POST'],
  ])('a method that %s does not take is told with those it does: %s', async (url, allow) => {
    const response = await appThatThrows(undefined).inject({ method: 'DELETE', url: `${url}?a=b` });
    expect(response.statusCode).toBe(405);
    expect(response.headers['allow']).toBe(allow);
    expect(response.json()).toEqual({
      error: { code: 'method_not_allowed', message: `${url} takes ${allow}, not DELETE` },
    });
  });
});
