import { fastify, type FastifyInstance } from 'fastify';
import { describe, expect, test } from 'vitest';
import { handleErrors } from '../error-handler.ts';
import { makeApiKey } from './api-key.ts';
import { askForKeys } from './ask-for-key.ts';

const key = makeApiKey();
const keyRing = { nameOf: (given: string) => (given === key ? 'vars' : undefined) };
type Context = Parameters<typeof askForKeys>[1];

const handler = async ({ apiKey }: { apiKey: string | undefined }) => ({ apiKey: apiKey ?? null });

/** Routes of each kind, which say whom they take the caller for. */
async function appWith(exempt: readonly ('page' | 'predictor')[], isAsked = true) {
  const refused: string[] = [];
  const context = {
    keyRing: isAsked ? keyRing : undefined,
    settings: { SHOAL_API_KEYS_EXEMPT: exempt },
    metrics: { refused: (code: string) => void refused.push(code) },
  } as unknown as Context;
  const app: FastifyInstance = fastify();
  handleErrors(app);
  askForKeys(app, context);
  app.get('/v1/models', handler);
  app.post('/v1/predictions', handler);
  app.post('/predictor', { config: { access: 'predictor', isLegacy: true } }, handler);
  app.get('/page', { config: { access: 'page' } }, handler);
  app.get('/livez', { config: { access: 'open' } }, handler);
  app.options('/v1/predictions', handler);
  return { app, refused };
}

const ask = async (
  app: FastifyInstance,
  method: 'GET' | 'POST' | 'OPTIONS' | 'HEAD',
  url: string,
  authorization?: string,
) => app.inject({ method, url, ...(authorization !== undefined && { headers: { authorization } }) });

test('a route that says nothing asks for a key, and knows the caller by the key’s name', async () => {
  const { app } = await appWith(['page']);
  expect((await ask(app, 'GET', '/v1/models')).statusCode).toBe(401);
  expect((await ask(app, 'HEAD', '/v1/models')).statusCode).toBe(401);
  const known = await ask(app, 'GET', '/v1/models', `Bearer ${key}`);
  expect([known.statusCode, known.json()]).toEqual([200, { apiKey: 'vars' }]);
  // The scheme is told in capitals by some, and blanks at the end are nobody's key.
  expect((await ask(app, 'GET', '/v1/models', `bearer  ${key} `)).statusCode).toBe(200);
});

test.each([
  '',
  'Bearer',
  `Basic ${key}`,
  key,
  `Bearer ${key}x`,
  `Bearer ${key} ${key}`,
  `Bearer ${makeApiKey()}`,
])('"%s" opens nothing', async (authorization) => {
  const { app } = await appWith(['page']);
  const answer = await ask(app, 'POST', '/v1/predictions', authorization);
  expect(answer.statusCode).toBe(401);
  expect(answer.json()).toMatchObject({ error: { code: 'unauthorized' } });
});

test('a refusal says how to ask, says that a key was wrong, and repeats no key', async () => {
  const { app, refused } = await appWith(['page']);
  const without = await ask(app, 'POST', '/v1/predictions');
  expect(without.headers['www-authenticate']).toBe('Bearer realm="shoal"');
  expect(without.json()).toEqual({
    error: {
      code: 'unauthorized',
      message: 'expected an API key in the header "Authorization: Bearer …"',
    },
  });
  const wrong = await ask(app, 'GET', '/v1/models', `Bearer ${makeApiKey()}`);
  expect(wrong.headers['www-authenticate']).toBe('Bearer realm="shoal", error="invalid_token"');
  expect(wrong.body).not.toContain('shoal_');
  expect(refused).toEqual(['unauthorized']);
});

test('the old route refuses in its own form', async () => {
  const { app } = await appWith(['page']);
  const answer = await ask(app, 'POST', '/predictor');
  expect(answer.statusCode).toBe(401);
  expect(answer.json()).toMatchObject({ success: false, error: { code: 'unauthorized' } });
});

describe('what may be exempted is, where it is told so', () => {
  test.each([
    [[], 401, 401],
    [['page'], 200, 401],
    [['predictor'], 401, 200],
    [['page', 'predictor'], 200, 200],
  ] as const)('%j', async (exempt, page, predictor) => {
    const { app } = await appWith(exempt);
    expect((await ask(app, 'GET', '/page')).statusCode).toBe(page);
    expect((await ask(app, 'POST', '/predictor')).statusCode).toBe(predictor);
    expect((await ask(app, 'POST', '/v1/predictions')).statusCode).toBe(401);
  });

  test('and a key that comes nevertheless is known there, while a wrong one is no harm', async () => {
    const { app } = await appWith(['predictor']);
    expect((await ask(app, 'POST', '/predictor', `Bearer ${key}`)).json()).toEqual({ apiKey: 'vars' });
    expect((await ask(app, 'POST', '/predictor', 'Bearer nonsense')).json()).toEqual({ apiKey: null });
  });
});

test('preflights, what is not there, and what is open for everybody ask for nothing', async () => {
  const { app } = await appWith([]);
  expect((await ask(app, 'OPTIONS', '/v1/predictions')).statusCode).toBe(200);
  expect((await ask(app, 'GET', '/nothing')).statusCode).toBe(404);
  expect((await ask(app, 'GET', '/livez')).statusCode).toBe(200);
});

test('where no file of keys is set, nobody is asked', async () => {
  const { app } = await appWith([], false);
  expect((await ask(app, 'POST', '/v1/predictions', 'Bearer nonsense')).json()).toEqual({ apiKey: null });
});
