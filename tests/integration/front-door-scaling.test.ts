/** Gateways come, leave and die behind a real Traefik while requests run: what its clients notice. */
import { createServer, type Server } from 'node:http';
import { type AddressInfo } from 'node:net';
import { describe, expect, onTestFinished, test } from 'vitest';
import { predict } from '../support/ask.ts';
import { freePort } from '../../scripts/redis/ports.ts';
import { findTraefik, startFrontDoor, type FrontDoor } from '../support/front-door.ts';
import { pictureThat, plainPicture } from '../support/pictures.ts';
import { rawRequest } from '../support/raw-request.ts';
import { lookInto, startScriptedStack } from '../support/scripted-stack.ts';
import type { Stack } from '../support/stack.ts';
import { waitFor } from '../support/wait-for.ts';

const announced = { SHOAL_GATEWAY_URL: 'auto', SHOAL_LAME_DUCK_MS: '4000', HOST: '0.0.0.0' };

async function doorTo(gatewayUrl: string): Promise<FrontDoor> {
  const door = await startFrontDoor(gatewayUrl);
  onTestFinished(() => door.stop());
  return door;
}

/** Four clients that post pictures one after the other until they are stopped. */
function postAllTheTime(door: FrontDoor, picture: Buffer) {
  const failures: string[] = [];
  const counts = { answered: 0 };
  const stopping = new AbortController();
  const client = async () => {
    while (!stopping.signal.aborted) {
      try {
        const { status, body } = await predict(door.url, 'scripted', picture);
        if (status === 200) counts.answered += 1;
        else failures.push(`${status} ${JSON.stringify(body)}`);
      } catch (error) {
        failures.push(String((error as Error).cause ?? error));
      }
    }
  };
  const clients = Array.from({ length: 4 }, client);
  return {
    failures,
    counts,
    async stop() {
      stopping.abort();
      await Promise.all(clients);
    },
  };
}

const statusOf = async (door: FrontDoor): Promise<number> =>
  (await rawRequest(door.url, { path: '/readyz' })).status;

const serversAt = async (stack: Stack): Promise<number> =>
  (await (await fetch(`${stack.url}/internal/traefik`)).text()).split('"url"').length - 1;

const timeout = 120_000;

describe.skipIf(findTraefik() === undefined)(
  'gateways behind Traefik (TRAEFIK_BIN or PATH)',
  { timeout },
  () => {
    test('go from one to two and back to one under load, and no request fails', async () => {
      const stack = await startScriptedStack({ env: announced });
      const door = await doorTo(stack.url);
      const load = postAllTheTime(door, await plainPicture([1, 2, 3]));
      const { gateway: second, url } = await stack.startGateway();
      await waitFor('the second to be used', () =>
        second.log.some((line) => line['path'] === '/v1/predictions'),
      );
      expect(await serversAt(stack)).toBe(2);
      // The first one leaves, by whose name the door was told to ask: the second has to be found without it.
      const slow = predict(stack.url, 'scripted', await pictureThat('takesLong'));
      const redis = lookInto(stack);
      await waitFor('it to wait', async () => (await redis.zcard('{shoal}:ledger')) > 0);
      stack.gateway.signal('SIGTERM');
      await waitFor(
        'it to say that it leaves',
        async () => (await fetch(`${stack.url}/readyz`)).status === 503,
      );
      expect((await fetch(`${stack.url}/livez`)).headers.get('connection')).toBe('close');
      expect((await slow).status).toBe(200);
      expect(await stack.gateway.ended()).toBe(0);
      await new Promise((resolve) => setTimeout(resolve, 1_500));
      await load.stop();
      expect(load.failures).toEqual([]);
      expect(load.counts.answered).toBeGreaterThan(20);
      expect((await fetch(`${url}/readyz`)).status).toBe(200);
    });

    test('die by SIGKILL: what starts afterwards succeeds, at once', async () => {
      const stack = await startScriptedStack({ env: announced });
      const { gateway: second } = await stack.startGateway();
      const door = await doorTo(stack.url);
      await waitFor('both to be used', async () => {
        await rawRequest(door.url, { path: '/counted' });
        return second.log.some((line) => line['path'] === '/counted');
      });
      await second.kill();
      const picture = await plainPicture([1, 2, 3]);
      const statuses = await Promise.all(
        Array.from({ length: 30 }, async () => (await predict(door.url, 'scripted', picture)).status),
      );
      expect(new Set(statuses)).toEqual(new Set([200]));
      await waitFor('the dead one to be forgotten', async () => (await serversAt(stack)) === 1);
    });

    test('are all away: 503, never 404, before the first and after the last; and a new one is found again', async () => {
      const stack = await startScriptedStack({ env: announced });
      await stack.gateway.kill();
      // Polled under another address than that of its name, which its successor will have.
      const PORT = String(await freePort());
      const polled = { SHOAL_GATEWAY_URL: `http://127.0.0.2:${PORT}` };
      const { gateway, url } = await stack.startGateway({ PORT, ...polled });

      const nobody = await doorTo('http://127.0.0.1:1');
      await waitFor('503', async () => (await statusOf(nobody)) === 503);
      expect(nobody.healthCheck()).toBe(0);

      const door = await doorTo(url);
      await waitFor('the gateway, by the poll', async () => {
        const isThere = (await statusOf(door)) === 200;
        return isThere && door.accessLog.some((line) => line['ServiceName'] === 'gateways@http');
      });
      await gateway.kill();
      const seen = [];
      for (const endMs = Date.now() + 7_000; Date.now() < endMs;) {
        seen.push(await statusOf(door));
        await new Promise((resolve) => setTimeout(resolve, 250));
      }
      // The first one may have been on its way into a connection of the dead.
      expect(new Set(seen.slice(1))).toEqual(new Set([503]));
      expect([502, 503]).toContain(seen[0]);
      // It tells nobody where it is, so that the poll goes on failing: only its name leads to it.
      await stack.startGateway({ PORT, SHOAL_GATEWAY_URL: '', HOST: '127.0.0.1' });
      await waitFor('the new one', async () => (await statusOf(door)) === 200, 5_000);
    });

    test('a request that was sent to a gateway is never sent again, whatever becomes of it', async () => {
      let taken = 0;
      const backend = createServer((request, response) => {
        if (request.method === 'POST') {
          taken += 1;
          if (request.url === '/at-once') request.socket.destroy();
          else request.resume().on('end', () => request.socket.destroy());
          return;
        }
        response.statusCode = request.url === '/readyz' ? 200 : 503;
        response.end('{}');
      });
      await listen(backend);
      const door = await doorTo(`http://127.0.0.1:${(backend.address() as AddressInfo).port}`);
      // Once over a new connection, and once over one that was idle meanwhile.
      for (const path of ['/at-once', '/after-all', '/after-all']) {
        taken = 0;
        await rawRequest(door.url, { path: '/readyz' });
        const { status } = await rawRequest(door.url, { method: 'POST', path, body: Buffer.alloc(300_000) });
        expect(status).toBe(502);
        expect(taken).toBe(1);
      }
      const small = { method: 'POST', path: '/after-all', headers: { 'idempotency-key': 'k' } };
      taken = 0;
      expect((await rawRequest(door.url, { ...small, body: Buffer.from('x') })).status).toBe(502);
      expect(taken).toBe(1);
    });
  },
);

async function listen(server: Server): Promise<void> {
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
}
