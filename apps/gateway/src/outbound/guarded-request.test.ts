import type { LookupAddress } from 'node:dns';
import { once } from 'node:events';
import { createServer as createTcpServer, type AddressInfo } from 'node:net';
import { expect, onTestFinished, test } from 'vitest';
import { hasOpenssl } from '../../../../tests/support/certificates.ts';
import { startReceiver, startTlsReceiver } from '../../../../tests/support/receiver.ts';
import { guardedRequest, type GuardedRequest } from './guarded-request.ts';
import type { Resolver } from './resolve-host.ts';

const local: LookupAddress = { address: '127.0.0.1', family: 4 };
const get = (url: string, more: Partial<GuardedRequest> = {}): GuardedRequest => ({
  url: new URL(url),
  method: 'GET',
  headers: {},
  allowsPrivate: true,
  timeoutMs: 5_000,
  bytesMax: 1_000,
  ...more,
});

const unknown: Resolver = () => Promise.reject(new Error('ENOTFOUND'));
const never: Resolver = () => new Promise(() => undefined);

/** Answers in turn, and is remembered for how often it was asked. */
function resolverOf(...answers: readonly (readonly LookupAddress[])[]): Resolver & { asked: string[] } {
  const asked: string[] = [];
  return Object.assign(
    (host: string) => {
      asked.push(host);
      return Promise.resolve(answers[asked.length - 1] ?? []);
    },
    { asked },
  );
}

test('the answer comes with its status, headers and body', async () => {
  const receiver = await startReceiver((response) =>
    response.writeHead(200, { 'x-kind': 'a' }).end('picture'),
  );
  const answer = await guardedRequest(
    get(`${receiver.url}/a?b=c`, { method: 'POST', body: 'größer', headers: { 'user-agent': 'Shoal' } }),
  );
  expect(answer).toMatchObject({ status: 200, body: Buffer.from('picture') });
  expect(answer.headers['x-kind']).toBe('a');
  expect(receiver.received).toMatchObject([
    {
      method: 'POST',
      path: '/a?b=c',
      body: 'größer',
      headers: { 'user-agent': 'Shoal', connection: 'close' },
    },
  ]);
});

test('the connection goes to the address that was checked: a name that answers differently is not asked again', async () => {
  const receiver = await startReceiver((response) => response.writeHead(200).end('right'));
  // Nobody listens at the second answer, and it may not be connected to.
  const resolver = resolverOf([local], [{ address: '169.254.169.254', family: 4 }]);
  const answer = await guardedRequest(get(`http://rebound.test:${receiver.port}/`), resolver);
  expect(answer.body.toString()).toBe('right');
  expect(resolver.asked).toEqual(['rebound.test']);
  expect(receiver.received[0]!.headers.host).toBe(`rebound.test:${receiver.port}`);
});

test('of the addresses of a name only those that may be connected to are tried', async () => {
  const receiver = await startReceiver((response) => response.writeHead(200).end('right'));
  const resolver = resolverOf([
    { address: '169.254.169.254', family: 4 },
    { address: 'fe80::1', family: 6 },
    local,
  ]);
  const answer = await guardedRequest(get(`http://several.test:${receiver.port}/`), resolver);
  expect(answer.body.toString()).toBe('right');
});

test.each([
  ['a literal', 'http://127.0.0.1:PORT/'],
  ['a literal in other digits', 'http://0x7f.1:PORT/'],
  ['a literal as one number', 'http://2130706433:PORT/'],
  ['a literal of IPv6', 'http://[::ffff:127.0.0.1]:PORT/'],
  ['a name', 'http://localhost:PORT/'],
])('%s of a private address is refused before anything is sent', async (_what, address) => {
  const receiver = await startReceiver();
  const asked = get(address.replace('PORT', String(receiver.port)), { allowsPrivate: false });
  await expect(guardedRequest(asked)).rejects.toMatchObject({
    failure: 'refused',
    message: 'the host is at a private address',
  });
  expect(receiver.received).toEqual([]);
  expect((await guardedRequest({ ...asked, allowsPrivate: true, url: new URL(receiver.url) })).status).toBe(
    204,
  );
});

test.each(['ftp://example.org/', 'file:///etc/passwd', 'data:text/plain,a'])('%s is refused', async (url) => {
  await expect(guardedRequest(get(url))).rejects.toMatchObject({ failure: 'refused' });
});

test('a name without addresses, and a port where nobody listens, are unreachable', async () => {
  await expect(guardedRequest(get('http://nowhere.test/'), resolverOf([]))).rejects.toMatchObject({
    failure: 'unreachable',
  });
  await expect(guardedRequest(get('http://nowhere.test/'), unknown)).rejects.toMatchObject({
    failure: 'unreachable',
  });
  const server = createTcpServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, 'close');
  await expect(guardedRequest(get(`http://127.0.0.1:${port}/`))).rejects.toMatchObject({
    failure: 'unreachable',
    message: 'no connection (ECONNREFUSED)',
  });
});

test('an answer that breaks off is unreachable, not a short one', async () => {
  const receiver = await startReceiver((response) => {
    response.writeHead(200, { 'content-length': '100' }).write('half');
    setTimeout(() => response.destroy(), 50);
  });
  await expect(guardedRequest(get(receiver.url))).rejects.toMatchObject({ failure: 'unreachable' });
});

test.each([
  ['resolution', 'http://slow.test/'],
  ['the answer', 'http://127.0.0.1:PORT/silent'],
  ['the body', 'http://127.0.0.1:PORT/trickle'],
])('a time-out holds for %s', async (_what, address) => {
  const receiver = await startReceiver((response, { path: asked }) => {
    if (asked === '/silent') return;
    const timer = setInterval(() => response.write('.'), 20);
    response.on('close', () => clearInterval(timer));
  });
  const startMs = performance.now();
  const url = address.replace('PORT', String(receiver.port));
  await expect(guardedRequest(get(url, { timeoutMs: 300 }), never)).rejects.toMatchObject({
    failure: 'timeout',
    message: 'no answer within 300 ms',
  });
  expect(performance.now() - startMs).toBeLessThan(2_000);
});

test('whoever asked may end it at any time', async () => {
  const receiver = await startReceiver(() => undefined);
  const asked = guardedRequest(get(receiver.url, { signal: AbortSignal.timeout(100) }));
  await expect(asked).rejects.toMatchObject({ failure: 'unreachable' });
  const late = guardedRequest(get('http://slow.test/', { signal: AbortSignal.abort() }), never);
  await expect(late).rejects.toMatchObject({ failure: 'unreachable' });
});

test('a body that is too large is refused by its announced length, and while it comes', async () => {
  let written = 0;
  const receiver = await startReceiver((response, { path: asked }) => {
    if (asked === '/announced') {
      // Nothing of it ever comes.
      response.writeHead(200, { 'content-length': '1001' }).flushHeaders();
      return;
    }
    const timer = setInterval(() => {
      written += 400;
      response.write('x'.repeat(400));
    }, 10);
    response.on('close', () => clearInterval(timer));
  });
  for (const asked of ['/announced', '/streamed']) {
    await expect(guardedRequest(get(receiver.url + asked))).rejects.toMatchObject({ failure: 'too-large' });
  }
  expect(written).toBeLessThan(10_000);
});

test('a body of exactly the limit is taken', async () => {
  const receiver = await startReceiver((response) => response.end('x'.repeat(1_000)));
  expect((await guardedRequest(get(receiver.url))).body).toHaveLength(1_000);
});

test('room for a body is asked for before it is read: by its length, or by the most that it may have', async () => {
  const receiver = await startReceiver((response, { path: asked }) => {
    if (asked === '/announced') response.setHeader('content-length', 4);
    response.write('four');
    response.end();
  });
  const asked: number[] = [];
  const beforeBody = (bytes: number): void => void asked.push(bytes);
  await guardedRequest(get(`${receiver.url}/announced`, { beforeBody }));
  await guardedRequest(get(`${receiver.url}/streamed`, { beforeBody }));
  expect(asked).toEqual([4, 1_000]);
  const full = new Error('no room');
  const refuse = (): never => {
    throw full;
  };
  await expect(guardedRequest(get(receiver.url, { beforeBody: refuse }))).rejects.toBe(full);
});

test('no redirect is followed, and bodies beside that of a 200 are not read', async () => {
  const elsewhere = await startReceiver();
  const receiver = await startReceiver((response, { path: asked }) => {
    if (asked === '/moved') response.writeHead(302, { location: elsewhere.url });
    else response.writeHead(500);
    // Longer than any socket holds: only who reads it all could wait for its end.
    response.write('x'.repeat(1_000_000));
  });
  const moved = await guardedRequest(get(`${receiver.url}/moved`));
  expect(moved).toMatchObject({ status: 302, body: Buffer.alloc(0), headers: { location: elsewhere.url } });
  expect(await guardedRequest(get(receiver.url))).toMatchObject({ status: 500, body: Buffer.alloc(0) });
  expect(elsewhere.received).toEqual([]);
});

test('what is not HTTP is unreachable', async () => {
  const server = createTcpServer((socket) => socket.end('+PONG\r\n')).listen(0, '127.0.0.1');
  await once(server, 'listening');
  onTestFinished(() => void server.close());
  const { port } = server.address() as AddressInfo;
  await expect(guardedRequest(get(`http://127.0.0.1:${port}/`))).rejects.toMatchObject({
    failure: 'unreachable',
  });
});

test.skipIf(!hasOpenssl())(
  'a certificate is held against the name of the host, though the connection goes to an address (openssl)',
  async () => {
    const { port, distrust } = await startTlsReceiver('hooks.test', (response) => response.end('right'));
    const ask = (host: string) =>
      guardedRequest(get(`https://${host}:${port}/`), resolverOf([local], [local]));
    expect((await ask('hooks.test')).body.toString()).toBe('right');
    await expect(ask('other.test')).rejects.toMatchObject({
      failure: 'unreachable',
      message: 'no connection (ERR_TLS_CERT_ALTNAME_INVALID)',
    });
    distrust();
    await expect(ask('hooks.test')).rejects.toMatchObject({ failure: 'unreachable' });
  },
);
