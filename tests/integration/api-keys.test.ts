/** Who is let in, and how often: real gateways with a file of keys, a real Redis, a page of another origin. */
import { execFile } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import http from 'node:http';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { connectConsumer } from '../../packages/shared/src/redis/index.ts';
import { lookOnce } from '../../scripts/launcher/readiness.ts';
import { postForm, toAnswer, type Answer } from '../support/ask.ts';
import { findTraefik, startFrontDoor, type FrontDoor } from '../support/front-door.ts';
import { plainPicture } from '../support/pictures.ts';
import { startRedis, type TestRedis } from '../support/redis.ts';
import { makeModelsFolder, type ModelsFolder } from '../support/scripted-models.ts';
import { ServiceProcess, repository } from '../support/service-process.ts';
import { startStack, type Stack } from '../support/stack.ts';
import { waitFor } from '../support/wait-for.ts';

let folder: string;
let file: string;
let models: ModelsFolder;
let stack: Stack;
let picture: Buffer;
let vars: string;
let mondrian: string;

const bearer = (key: string) => ({ authorization: `Bearer ${key}` });

async function keys(verb: 'add' | 'revoke', name: string, at = file): Promise<string> {
  const { stdout } = await promisify(execFile)(
    process.execPath,
    ['apps/gateway/src/main.ts', 'keys', verb, name, '--file', at],
    { cwd: repository, env: { PATH: process.env['PATH'] ?? '' } },
  );
  return stdout.trim();
}

async function predict(
  url: string,
  headers: Readonly<Record<string, string>> = {},
  address = '/v1/predictions',
): Promise<Answer> {
  const response = await fetch(`${url}${address}?model=scripted`, {
    method: 'POST',
    headers: { 'content-type': 'image/png', ...headers },
    body: new Uint8Array(picture),
  });
  return toAnswer(response);
}

/** Tests of quotas come from one address, faster than a minute passes. */
async function forgetQuotas(): Promise<void> {
  const redis = connectConsumer(stack.redis.url);
  const spent = await redis.keys('{shoal}:rate:*');
  if (spent.length > 0) await redis.del(...spent);
  redis.disconnect();
}

beforeAll(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'shoal-keys-'));
  file = path.join(folder, 'keys');
  [vars, mondrian] = [await keys('add', 'vars'), await keys('add', 'mondrian')];
  picture = await plainPicture([10, 20, 30]);
  models = await makeModelsFolder();
  await models.add('scripted');
  // Whether the model is ready is asked where nobody is asked for a key.
  stack = await startStack({ models: [], modelsDir: models.dir, env: { SHOAL_API_KEYS_FILE: file } });
  await stack.startWorker('scripted');
  await waitFor('the model', async () => (await lookOnce(stack.url, ['scripted'])).state === 'ready');
});

afterAll(async () => {
  await stack?.stop();
  await models?.remove();
  await rm(folder, { recursive: true, force: true });
});

describe('where keys are asked for', () => {
  test('each key opens the door, and the log tells its name and nothing of the key', async () => {
    for (const [name, key] of [
      ['vars', vars],
      ['mondrian', mondrian],
    ] as const) {
      const id = `key-of-${name}`;
      expect(await predict(stack.url, { ...bearer(key), 'x-request-id': id })).toMatchObject({ status: 200 });
      const line = await waitFor('its line', () =>
        stack.gateway.log.find((entry) => entry['requestId'] === id && entry.msg === 'request'),
      );
      expect(line).toMatchObject({ apiKey: name, status: 200 });
      expect(stack.gateway.text).not.toContain(key.slice('shoal_'.length));
    }
  });

  test.each([
    ['POST', '/v1/predictions'],
    ['GET', '/v1/predictions/0199a3b0-0000-7000-8000-000000000000'],
    ['GET', '/v1/predictions/0199a3b0-0000-7000-8000-000000000000/events'],
    ['DELETE', '/v1/predictions/0199a3b0-0000-7000-8000-000000000000'],
    ['GET', '/v1/models'],
    ['HEAD', '/v1/models'],
    ['GET', '/v1/models/scripted'],
    ['GET', '/v1/models/scripted/'],
    ['GET', '/v1/%6dodels'],
    ['POST', '/predictor'],
    ['POST', '/predictor/'],
  ])('%s %s tells nothing without one', async (method, address) => {
    const response = await fetch(stack.url + address, { method });
    expect(response.status).toBe(401);
    expect(await response.text()).not.toMatch(/scripted|circle/);
    expect(response.headers.get('www-authenticate')).toBe('Bearer realm="shoal"');
  });

  test('a wrong key is 401 in the form of every error, on the old route in its own', async () => {
    const wrong = bearer(`${vars.slice(0, -2)}xx`);
    const answer = await predict(stack.url, wrong);
    expect(answer).toMatchObject({ status: 401, body: { error: { code: 'unauthorized' } } });
    expect(answer.headers.get('www-authenticate')).toContain('error="invalid_token"');
    const old = await toAnswer(await fetch(`${stack.url}/predictor`, { method: 'POST', headers: wrong }));
    expect(old).toMatchObject({ status: 401, body: { success: false, error: { code: 'unauthorized' } } });
  });

  test('a prediction is followed with a key, as any request is made', async () => {
    const accepted = await predict(stack.url, { ...bearer(vars), prefer: 'respond-async' });
    expect(accepted.status).toBe(202);
    const address = `${stack.url}${new URL(accepted.headers.get('location')!, stack.url).pathname}`;
    const events = await fetch(`${address}/events`, { headers: bearer(vars) });
    expect(await events.text()).toContain('event: result');
    const result = await toAnswer(await fetch(address, { headers: bearer(vars) }));
    expect(result).toMatchObject({ status: 200, body: { status: 'succeeded' } });
    expect((await fetch(address)).status).toBe(401);
  });

  test('a key in the address is no key: addresses end up in logs', async () => {
    const response = await fetch(
      `${stack.url}/v1/models?key=${vars}&access_token=${vars}&authorization=${vars}`,
    );
    expect(response.status).toBe(401);
    expect(stack.gateway.text).not.toContain(vars);
  });

  test('a body is refused before it comes', async () => {
    const request = http.request(`${stack.url}/v1/predictions?model=scripted`, {
      method: 'POST',
      headers: { 'content-type': 'image/png', 'content-length': '50000000' },
    });
    request.on('error', () => undefined);
    request.flushHeaders();
    const status = await new Promise((resolve) => {
      request.once('response', ({ statusCode }) => resolve(statusCode));
    });
    expect(status).toBe(401);
    request.destroy();
  });

  test('what is for probes, for the installation’s own programs and for newcomers asks for nothing', async () => {
    const open = ['/livez', '/readyz', '/metrics', '/openapi.json', '/internal/models/scripted'];
    for (const address of open) {
      expect([address, (await fetch(stack.url + address)).status]).toEqual([address, 200]);
    }
    expect((await fetch(`${stack.url}/nothing`)).status).toBe(404);
    const description = (await (await fetch(`${stack.url}/openapi.json`)).json()) as {
      security: unknown;
      paths: Record<string, Record<string, { security?: unknown }>>;
    };
    expect(description.security).toEqual([{ apiKey: [] }]);
    expect(description.paths['/livez']!['get']!.security).toEqual([]);
  });

  test('what the installation’s own programs are told names no class, and nobody hears it through a proxy', async () => {
    const told = await toAnswer(await fetch(`${stack.url}/internal/models/scripted`));
    expect(told.body).toEqual({
      name: 'scripted',
      state: 'ready',
      workers: [{ device: 'cpu', state: 'ready' }],
      queue: expect.objectContaining({ waiting: 0, active: 0 }) as unknown,
    });
    for (const address of ['/internal/models', '/internal/models/scripted']) {
      const outside = await fetch(stack.url + address, { headers: { 'x-forwarded-for': '203.0.113.9' } });
      expect(outside.status).toBe(404);
    }
  });

  test('a page of another origin may ask with a key, and can read why it is refused', async () => {
    const origin = 'https://elsewhere.example';
    const preflight = await fetch(`${stack.url}/v1/predictions`, {
      method: 'OPTIONS',
      headers: {
        origin,
        'access-control-request-method': 'POST',
        'access-control-request-headers': 'authorization',
      },
    });
    expect(preflight.status).toBe(204);
    // Of all headers this one must be named: a star does not stand for it.
    expect(preflight.headers.get('access-control-allow-headers')).toContain('authorization');
    const refused = await fetch(`${stack.url}/v1/models`, { headers: { origin } });
    expect(refused.status).toBe(401);
    expect(refused.headers.get('access-control-allow-origin')).toBe('*');
    expect(refused.headers.get('access-control-expose-headers')).toContain('www-authenticate');
  });

  test('refusals are counted among those of predictions', async () => {
    const count = async () =>
      Number(
        /shoal_refusals_total\{reason="unauthorized",model=""\} (\d+)/.exec(
          await (await fetch(`${stack.url}/metrics`)).text(),
        )?.[1],
      );
    const before = await count();
    await predict(stack.url);
    expect(await count()).toBe(before + 1);
  });

  test('a key that is revoked or added counts soon, without a restart', async () => {
    const short = await keys('add', 'short-lived');
    const statusOf = async () => (await predict(stack.url, bearer(short))).status;
    await waitFor('it to be taken', async () => (await statusOf()) === 200, 5_000);
    await keys('revoke', 'short-lived');
    await waitFor('it to be refused', async () => (await statusOf()) === 401, 5_000);
    expect(await predict(stack.url, bearer(vars))).toMatchObject({ status: 200 });
  });

  test('a file that breaks later locks nobody out and lets nobody in', async () => {
    const other = path.join(folder, 'breaks');
    const key = await keys('add', 'a', other);
    const { url, gateway } = await stack.startGateway({ SHOAL_API_KEYS_FILE: other });
    await writeFile(other, 'this is no line of such a file\n');
    await waitFor('a word about it', () =>
      gateway.log.some((line) => line.msg.includes('the file of API keys cannot be read')),
    );
    expect(await predict(url, bearer(key))).toMatchObject({ status: 200 });
    expect(await predict(url)).toMatchObject({ status: 401 });
    await writeFile(other, '');
    await waitFor('the door to be closed', async () => (await predict(url, bearer(key))).status === 401);
  });

  test('the page and the old route are exempted where it is told so', async () => {
    const { url } = await stack.startGateway({ SHOAL_API_KEYS_EXEMPT: 'page,predictor' });
    const parts = [
      ['model_type', 'scripted'],
      ['file', picture, 'image/png'],
    ] as const;
    expect(await postForm(`${url}/predictor/`, parts)).toMatchObject({
      status: 200,
      body: { success: true },
    });
    expect((await predict(url)).status).toBe(401);
    const { url: strict } = await stack.startGateway({ SHOAL_API_KEYS_EXEMPT: 'none' });
    // Where the page is built, it is closed as well; where it is not, it is not there.
    for (const [at, whenBuilt] of [
      [stack.url, 200],
      [strict, 401],
    ] as const) {
      expect([whenBuilt, 404]).toContain((await fetch(`${at}/`)).status);
    }
    expect((await postForm(`${strict}/predictor`, parts)).status).toBe(401);
  });
});

describe('a gateway that cannot know who may come in does not start', () => {
  test.each([
    ['there is no file', undefined, 'there is no such file'],
    ['the file is broken', 'vars\n', 'line 1: expected "name sha256 date"'],
  ])('%s', async (_what, text, sentence) => {
    const broken = path.join(folder, `broken-${text === undefined}`);
    if (text !== undefined) await writeFile(broken, text);
    const gateway = new ServiceProcess('apps/gateway/src/main.ts', {
      REDIS_URL: stack.redis.url,
      PORT: '0',
      SHOAL_API_KEYS_FILE: broken,
    });
    expect(await gateway.ended()).toBe(1);
    const line = gateway.log.find(({ level }) => level === 'fatal');
    expect(line?.msg).toContain(`SHOAL_API_KEYS_FILE: ${broken}: ${sentence}`);
  });
});

describe('a limit for each minute', () => {
  beforeEach(forgetQuotas);
  const limited = { SHOAL_RATE_LIMIT_PER_MINUTE: '4', SHOAL_PROXY_HOPS: '1' };
  let urls: readonly string[];
  beforeAll(async () => {
    const started = [await stack.startGateway(limited), await stack.startGateway(limited)];
    urls = started.map(({ url }) => url);
  });

  test('holds for a key over two gateways, and not for another key', async () => {
    const statuses: number[] = [];
    let last: Answer | undefined;
    for (let turn = 0; turn < 6; turn += 1) {
      last = await predict(urls[turn % 2]!, bearer(vars));
      statuses.push(last.status);
    }
    expect(statuses).toEqual([200, 200, 200, 200, 429, 429]);
    expect(last!.body).toMatchObject({ error: { code: 'rate_limited' } });
    const retryAfterS = Number(last!.headers.get('retry-after'));
    expect(retryAfterS).toBeGreaterThan(30);
    expect(retryAfterS).toBeLessThanOrEqual(60);
    expect(last!.headers.get('ratelimit-limit')).toBe('4');
    expect(last!.headers.get('ratelimit-remaining')).toBe('0');
    const other = await predict(urls[0]!, bearer(mondrian));
    expect(other.status).toBe(200);
    expect(other.headers.get('ratelimit-remaining')).toBe('3');
    // Looking costs nothing.
    expect((await fetch(`${urls[0]}/v1/models`, { headers: bearer(vars) })).status).toBe(200);
  });

  test('a caller who is refused for its key uses up nothing', async () => {
    for (let turn = 0; turn < 5; turn += 1) expect((await predict(urls[0]!)).status).toBe(401);
  });

  test('holds for an address where no key comes, as the proxy before the gateway tells it', async () => {
    const env = { ...limited, SHOAL_API_KEYS_FILE: '', SHOAL_RATE_LIMIT_PER_MINUTE: '2' };
    const { url } = await stack.startGateway(env);
    const through = (client: string) => predict(url, { 'x-forwarded-for': client });
    // What a client writes there itself stands before what the proxy adds.
    const statuses = [];
    for (const client of [
      '203.0.113.1',
      '198.51.100.1, 203.0.113.1',
      '198.51.100.2, 203.0.113.1',
      '203.0.113.2',
    ]) {
      statuses.push((await through(client)).status);
    }
    expect(statuses).toEqual([200, 200, 429, 200]);
    const { url: direct } = await stack.startGateway({ ...env, SHOAL_PROXY_HOPS: '0' });
    const claimed = [];
    for (const client of ['192.0.2.1', '192.0.2.2', '192.0.2.3']) {
      claimed.push((await predict(direct, { 'x-forwarded-for': client })).status);
    }
    expect(claimed).toEqual([200, 200, 429]);
  });
});

describe.skipIf(findTraefik() === undefined)('through Traefik (TRAEFIK_BIN or traefik on the PATH)', () => {
  let door: FrontDoor;
  beforeEach(forgetQuotas);
  const anonymous = (claimed: string) => predict(door.url, { 'x-forwarded-for': claimed }, '/predictor');
  beforeAll(async () => {
    const { url } = await stack.startGateway({
      SHOAL_API_KEYS_EXEMPT: 'page,predictor',
      SHOAL_RATE_LIMIT_PER_MINUTE: '3',
      SHOAL_PROXY_HOPS: '1',
    });
    door = await startFrontDoor(url);
  });
  afterAll(() => door?.stop());

  test('keys pass, and its log holds none', async () => {
    const other = await keys('add', 'through-traefik');
    await waitFor('the key to be taken', async () => (await predict(door.url, bearer(other))).status === 200);
    expect((await predict(door.url)).status).toBe(401);
    expect(door.text).toContain('/v1/predictions');
    expect(door.text).not.toContain(other);
  });

  test('a client that claims another address each time is still one', async () => {
    const statuses = [];
    for (const turn of [1, 2, 3, 4, 5]) statuses.push((await anonymous(`203.0.113.${turn}`)).status);
    // The requests are no forms; what counts is who is let through to hear that.
    expect(statuses).toEqual([400, 400, 400, 429, 429]);
  });
});

describe('without Redis', () => {
  let redis: TestRedis;
  let gateway: ServiceProcess;
  let url: string;
  beforeAll(async () => {
    redis = await startRedis();
    const env = { REDIS_URL: redis.url, SHOAL_RATE_LIMIT_PER_MINUTE: '1', SHOAL_REDIS_TIMEOUT_MS: '1000' };
    ({ gateway, url } = await stack.startGateway(env));
    await waitFor('it to be ready', async () => (await fetch(`${url}/readyz`)).ok);
  });
  afterAll(async () => {
    await gateway?.kill();
    await redis?.stop();
  });

  test('the door stays closed, and nobody is held up or taken for one who asks too often', async () => {
    await redis.kill();
    await waitFor('it to notice', async () => !(await fetch(`${url}/readyz`)).ok);
    for (let turn = 0; turn < 3; turn += 1) {
      const beforeMs = performance.now();
      expect(await predict(url, bearer(vars))).toMatchObject({
        status: 503,
        body: { error: { code: 'redis_unavailable' } },
      });
      expect(performance.now() - beforeMs).toBeLessThan(500);
    }
    expect((await predict(url)).status).toBe(401);
  });

  test('a Redis that is silent holds nobody up for longer than a command may take', async () => {
    await redis.restart();
    await waitFor('it to be ready', async () => (await fetch(`${url}/readyz`)).ok);
    await redis.pause();
    const beforeMs = performance.now();
    expect((await predict(url, bearer(vars))).status).toBe(503);
    expect(performance.now() - beforeMs).toBeLessThan(4_000);
    await redis.resume();
  });
});
