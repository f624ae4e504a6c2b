import { once } from 'node:events';
import { createServer, type AddressInfo } from 'node:net';
import { expect, test } from 'vitest';
import { reachServer } from './reach-server.ts';

test('a server that listens is reached, one that does not is named', async () => {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  expect(await reachServer(origin, 5_000)).toBeUndefined();
  server.close();
  await once(server, 'close');
  expect(await reachServer(origin, 5_000)).toBe(`nothing listens at ${origin}`);
});

test('a host that nobody knows is named', async () => {
  expect(await reachServer('http://nowhere.invalid:8082', 5_000)).toMatch(
    /^the host of http:\/\/nowhere\.invalid:8082 (?:is not known|cannot be looked up now)$/,
  );
});

test('an address of IPv6 is understood', async () => {
  expect(await reachServer('http://[::1]:9', 5_000)).toMatch(
    /^(?:nothing listens at|there is no way to) http:/,
  );
});
