/** A real Traefik, configured by `traefik/`, in front of real gateways: what it lets through, and how. */
import { once } from 'node:events';
import http from 'node:http';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { postForm, predict } from '../support/ask.ts';
import { findTraefik, startFrontDoor, type FrontDoor } from '../support/front-door.ts';
import { sampleScene } from '../support/pictures.ts';
import { rawRequest } from '../support/raw-request.ts';
import type { ServiceProcess } from '../support/service-process.ts';
import { startStack, type Stack } from '../support/stack.ts';
import { waitFor } from '../support/wait-for.ts';

const announced = { SHOAL_GATEWAY_URL: 'auto', SHOAL_LAME_DUCK_MS: '3000', HOST: '0.0.0.0' };

describe.skipIf(findTraefik() === undefined)('the front door (TRAEFIK_BIN or traefik on the PATH)', () => {
  let stack: Stack;
  let second: ServiceProcess;
  let door: FrontDoor;
  let picture: Buffer;

  beforeAll(async () => {
    stack = await startStack({
      models: ['demo-yolo'],
      env: { ...announced, SHOAL_UPLOAD_BYTES_MAX: '2000000' },
    });
    ({ gateway: second } = await stack.startGateway());
    picture = await sampleScene();
    door = await startFrontDoor(stack.url);
    await waitFor('Traefik to know both gateways', async () => {
      await fetch(`${door.url}/livez`);
      const polled = door.accessLog.filter((line) => line['ServiceName'] === 'gateways@http');
      return new Set(polled.map((line) => line['ServiceURL'])).size === 2;
    });
  });
  afterAll(async () => {
    await door?.stop();
    await stack?.stop();
  });

  test('pictures go in, detections come out, at the new address and at the old one', async () => {
    const answer = await predict(door.url, 'demo-yolo', picture);
    expect(answer).toMatchObject({
      status: 200,
      body: { status: 'succeeded', model: { name: 'demo-yolo' } },
    });
    const parts = [
      ['model_type', 'demo-yolo'],
      ['file', picture, 'image/jpeg'],
    ] as const;
    for (const address of ['/predictor', '/predictor/']) {
      const old = await postForm(`${door.url}${address}`, parts);
      expect(old).toMatchObject({ status: 200, body: { success: true } });
    }
  });

  test('its access log is JSON with the id that the client was told', async () => {
    const { headers } = await fetch(`${door.url}/livez?mark=log`);
    const line = await waitFor('the line', () =>
      door.accessLog.find(({ RequestPath }) => RequestPath === '/livez?mark=log'),
    );
    expect(line['downstream_X-Request-Id']).toBe(headers.get('x-request-id'));
    expect(line).not.toHaveProperty('request_User-Agent');
  });

  test('one trace id goes from the client through the door to the gateway', async () => {
    const { headers } = await fetch(`${door.url}/traced`, {
      headers: { 'x-request-id': 'trace-me-7' },
    });
    expect(headers.get('x-request-id')).toBe('trace-me-7');
    await waitFor('the gateway’s line', () =>
      [...stack.gateway.log, ...second.log].some((line) => line['requestId'] === 'trace-me-7'),
    );
  });

  test('two gateways share the load', async () => {
    expect(await serversOf(stack.url)).toHaveLength(2);
    const before = [countOf(stack.gateway), countOf(second)];
    for (let i = 0; i < 20; i += 1) await fetch(`${door.url}/counted`);
    await waitFor(
      'all lines',
      () => countOf(stack.gateway) + countOf(second) >= before[0]! + before[1]! + 20,
    );
    expect(countOf(stack.gateway) - before[0]!).toBe(10);
  });

  test.each([
    '/metrics',
    '/metrics/',
    '/metrics?x=1',
    '/%6detrics',
    '//metrics',
    '/x/../metrics',
    '/internal/traefik',
    '/internal/traefik/',
    '/%69nternal/traefik',
    '//internal//traefik',
    '/livez/../internal/traefik',
  ])('%s is not let through', async (path) => {
    const { status, body } = await rawRequest(door.url, { path });
    expect(status).toBe(404);
    // Traefik's own words: no gateway was asked.
    expect(body).toBe('404 page not found\n');
  });

  test.each(['/internal%2ftraefik', '/INTERNAL/traefik', '/internal;/traefik', '/metrics%00', '/Metrics'])(
    '%s is another address, at which nothing is',
    async (path) => {
      const { status, body } = await rawRequest(door.url, { path });
      expect(status).toBeGreaterThanOrEqual(400);
      expect(body).not.toMatch(/servers|# HELP/);
    },
  );

  test('a gateway itself tells nothing to whom a proxy let through', async () => {
    const address = `${stack.url}/internal/traefik`;
    expect((await fetch(address)).status).toBe(200);
    const answer = await fetch(address, { headers: { 'x-forwarded-for': '203.0.113.9' } });
    expect(answer.status).toBe(404);
    const { paths } = (await (await fetch(`${stack.url}/openapi.json`)).json()) as { paths: object };
    expect(Object.keys(paths)).not.toContain('/internal/traefik');
  });

  test('CORS passes once, and nothing that the gateway says is said twice', async () => {
    const { headers } = await rawRequest(door.url, {
      path: '/',
      headers: { origin: 'https://elsewhere.example' },
    });
    const seen = headers.filter((_, index) => index % 2 === 0).map((name) => name.toLowerCase());
    expect(seen).toEqual([...new Set(seen)]);
    const of = (name: string) => headers[seen.indexOf(name) * 2 + 1];
    expect(of('access-control-allow-origin')).toBe('*');
    expect(of('content-security-policy')).toContain("default-src 'none'");
    expect(of('x-content-type-options')).toBe('nosniff');
    expect(of('x-frame-options')).toBe('SAMEORIGIN');
    expect(of('referrer-policy')).toBe('no-referrer');
    const preflight = await fetch(`${door.url}/v1/predictions`, {
      method: 'OPTIONS',
      headers: { origin: 'https://elsewhere.example', 'access-control-request-method': 'POST' },
    });
    expect(preflight.headers.get('access-control-allow-methods')).toContain('POST');
  });

  test('a POST that offers h2c, as Java’s HttpClient does, is answered', async () => {
    const { status, body } = await rawRequest(door.url, {
      method: 'POST',
      path: '/v1/predictions?model=demo-yolo',
      headers: {
        connection: 'Upgrade, HTTP2-Settings',
        upgrade: 'h2c',
        'http2-settings': 'AAEAAEAAAAIAAAABAAMAAABkAAQBAAAAAAUAAEAA',
        'content-type': 'image/jpeg',
        'content-length': String(picture.length),
      },
      body: picture,
    });
    expect(status).toBe(200);
    expect(JSON.parse(body)).toMatchObject({ status: 'succeeded' });
  });

  test('an upload streams through: one that is too large is refused long before its end', async () => {
    const request = http.request(`${door.url}/v1/predictions?model=demo-yolo`, {
      method: 'POST',
      headers: { 'content-type': 'image/png', 'content-length': '50000000' },
    });
    request.on('error', () => undefined);
    const response = once(request, 'response') as Promise<[http.IncomingMessage]>;
    let sent = 0;
    const sending = setInterval(() => {
      request.write(Buffer.alloc(100_000));
      sent += 100_000;
    }, 20);
    const [{ statusCode }] = await response.finally(() => clearInterval(sending));
    expect(statusCode).toBe(413);
    expect(sent).toBeLessThan(10_000_000);
    request.destroy();
  });

  test('its health check says that it runs', () => {
    expect(door.healthCheck()).toBe(0);
  });

  describe('with a host and a prefix', () => {
    let narrow: FrontDoor;
    beforeAll(async () => {
      narrow = await startFrontDoor(
        stack.url,
        { SERVER_HOST: 'vision.example,10.0.0.7', SHOAL_PATH_PREFIX: '/model/v1' },
        { readyAt: '/model/v1/readyz', host: 'vision.example' },
      );
    });
    afterAll(() => narrow?.stop());

    const ask = (path: string, host = 'vision.example') =>
      rawRequest(narrow.url, { path, headers: { host } });

    test('it answers to its names, below the prefix', async () => {
      expect((await ask('/model/v1/v1/models')).status).toBe(200);
      expect((await ask('/model/v1/readyz', '10.0.0.7')).status).toBe(200);
      expect((await ask('/model/v1/readyz', 'vision.example:8082')).status).toBe(200);
      expect((await ask('/model/v1/readyz', 'other.example')).status).toBe(404);
      expect((await ask('/readyz')).status).toBe(404);
      const old = await rawRequest(narrow.url, {
        method: 'POST',
        path: '/model/v1/predictor/',
        headers: { host: 'vision.example' },
      });
      expect(JSON.parse(old.body)).toMatchObject({ success: false });
    });

    test.each([
      '/model/v1/metrics',
      '/model/v1/internal/traefik',
      '/model/v1//internal/traefik',
      '/model/v1internal/traefik',
      '/model/v1metrics',
    ])('%s is not let through', async (path) => {
      expect(await ask(path)).toMatchObject({ status: 404, body: '404 page not found\n' });
    });

    test('the page works below it: its address ends in a slash, and its parts are relative to that', async () => {
      const { status, headers } = await ask('/model/v1?x=1');
      expect(status).toBe(301);
      const location = headers[headers.findIndex((name) => name.toLowerCase() === 'location') + 1]!;
      expect(new URL(location, 'http://vision.example').pathname).toBe('/model/v1/');
      const page = await ask('/model/v1/');
      const script = /src="(\.?\/?assets\/[^"]+\.js)"/.exec(page.body)?.[1];
      expect(script).toMatch(/^\.\//);
      const { pathname } = new URL(script!, 'http://vision.example/model/v1/');
      expect((await ask(pathname)).status).toBe(200);
    });
  });

  describe('its dashboard', () => {
    test('is not there unless it was asked for', async () => {
      for (const path of ['/traefik/api/rawdata', '/traefik/dashboard/', '/api/rawdata', '/dashboard/']) {
        expect((await fetch(`${door.url}${path}`)).status).toBe(404);
      }
    });

    test('asks for a password, and shows the gateways with their health', async () => {
      // `password` by the old MD5 of htpasswd.
      const withUsers = await startFrontDoor(stack.url, {
        SHOAL_DASHBOARD_USERS: 'ada:$apr1$XlD1SN5C$IUDjBXuTbG3fqkiE5D/6F.',
      });
      try {
        const address = `${withUsers.url}/traefik/api/rawdata`;
        expect((await fetch(address)).status).toBe(401);
        const authorization = `Basic ${Buffer.from('ada:password').toString('base64')}`;
        const servers = await waitFor('the gateways in its data', async () => {
          const answer = await fetch(address, { headers: { authorization } });
          if (answer.status !== 200) throw new Error(`status ${answer.status}`);
          const { services } = (await answer.json()) as {
            services: Record<string, { serverStatus?: Record<string, string> }>;
          };
          const status = services['gateways@http']?.serverStatus ?? {};
          return Object.keys(status).length === 2 && status;
        });
        expect(Object.values(servers)).toEqual(['UP', 'UP']);
        expect((await fetch(`${withUsers.url}/readyz`)).status).toBe(200);
      } finally {
        await withUsers.stop();
      }
    });
  });
});

async function serversOf(url: string): Promise<readonly { readonly url: string }[]> {
  const answer = await fetch(`${url}/internal/traefik`);
  const { http: configuration } = (await answer.json()) as {
    http: { services: { gateways: { loadBalancer: { servers: { url: string }[] } } } };
  };
  return configuration.services.gateways.loadBalancer.servers;
}

function countOf(gateway: ServiceProcess): number {
  return gateway.log.filter((line) => line['path'] === '/counted').length;
}
