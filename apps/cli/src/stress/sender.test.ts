import { once } from 'node:events';
import { createServer, type RequestListener, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { buffer } from 'node:stream/consumers';
import { afterEach, describe, expect, test } from 'vitest';
import { Sender, type SenderOptions } from './sender.ts';

let server: Server | undefined;
let sender: Sender | undefined;
let connections = 0;

afterEach(async () => {
  await sender?.end();
  server?.closeAllConnections();
  server?.close();
});

async function startServer(listener: RequestListener): Promise<string> {
  connections = 0;
  server = createServer(listener);
  server.on('connection', () => (connections += 1));
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

function makeSender(origin: string, options: Partial<SenderOptions> = {}): Sender {
  const form = { kind: 'raw', path: '/v1/predictions?model=m' } as const;
  return (sender = new Sender({ origin, form, apiKey: undefined, timeoutMs: 20_000, ...options }));
}

const picture = Buffer.alloc(200_000, 7);
const succeeded = JSON.stringify({ status: 'succeeded' });

/** Reads all of a request before it answers. */
const afterReading =
  (answer: RequestListener): RequestListener =>
  (request, response) =>
    void buffer(request).then(() => answer(request, response));

describe('a sender', () => {
  test('posts the bytes as they are, with their type and the key', async () => {
    let seen: unknown;
    const url = await startServer((request, response) => {
      void (async () => {
        const body = await buffer(request);
        const { method, url: path, headers } = request;
        seen = [method, path, headers['content-type'], headers.authorization, body.equals(picture)];
        response.end(succeeded);
      })();
    });
    const reply = await makeSender(url, { apiKey: 'secret' }).send(picture, 'image/jpeg');
    expect(reply).toEqual({ status: 200, failure: undefined });
    expect(seen).toEqual(['POST', '/v1/predictions?model=m', 'image/jpeg', 'Bearer secret', true]);
  });

  test('opens as many connections as there are requests at a time, and keeps them', async () => {
    const url = await startServer(afterReading((_, response) => response.end(succeeded)));
    const own = makeSender(url);
    await Promise.all(
      Array.from({ length: 5 }, async () => {
        for (let i = 0; i < 20; i++) expect((await own.send(picture, 'image/jpeg')).status).toBe(200);
      }),
    );
    expect(connections).toBeLessThanOrEqual(5);
    expect(connections).toBeGreaterThan(1);
  });

  test('tells an answer from a failure by what is in it, in however many pieces it comes', async () => {
    const url = await startServer(
      afterReading((_, response) => {
        response.statusCode = 422;
        response.write('{"error": {"code": "image_undecodable", ');
        setImmediate(() => response.end('"message": "the file ends too early"}}'));
      }),
    );
    expect(await makeSender(url).send(picture, 'image/jpeg')).toEqual({
      status: 422,
      failure: { status: 422, code: 'image_undecodable', message: 'the file ends too early' },
    });
  });

  test('gives up a request without an answer, and sends the next one all the same', async () => {
    let requests = 0;
    const url = await startServer(
      afterReading((_, response) => {
        requests += 1;
        if (requests > 1) response.end(succeeded);
      }),
    );
    const own = makeSender(url, { timeoutMs: 1_500 });
    expect(await own.send(picture, 'image/jpeg')).toEqual({
      status: 0,
      failure: { status: 0, code: 'timeout', message: 'no whole answer within 1.5 s' },
    });
    expect(await own.send(picture, 'image/jpeg')).toMatchObject({ status: 200 });
  });

  test('gives up an answer that begins and does not end', async () => {
    const url = await startServer(afterReading((_, response) => response.write('{')));
    const reply = await makeSender(url, { timeoutMs: 300 }).send(picture, 'image/jpeg');
    expect(reply.failure).toMatchObject({ status: 0, code: 'timeout' });
  });

  test('says that a connection broke, and tries nothing twice', async () => {
    let requests = 0;
    const url = await startServer(
      afterReading((request) => {
        requests += 1;
        request.socket.destroy();
      }),
    );
    const own = makeSender(url);
    const { status, failure } = await own.send(picture, 'image/jpeg');
    expect([status, failure?.message]).toEqual([
      0,
      expect.stringMatching(/^the connection was (?:closed|reset) before the answer was whole$/),
    ]);
    expect(requests).toBe(1);
    await own.send(picture, 'image/jpeg');
    expect(requests).toBe(2);
  });

  test('says that nothing listens', async () => {
    const url = await startServer(() => {});
    server!.close();
    await once(server!, 'close');
    expect(await makeSender(url).send(picture, 'image/jpeg')).toEqual({
      status: 0,
      failure: { status: 0, code: 'ECONNREFUSED', message: `nothing listens at ${url}` },
    });
  });

  test('does not follow a redirect', async () => {
    const url = await startServer(
      afterReading((_, response) => response.writeHead(307, { location: '/elsewhere' }).end()),
    );
    expect(await makeSender(url).send(picture, 'image/jpeg')).toMatchObject({
      status: 307,
      failure: { message: expect.stringContaining('redirects to /elsewhere') as string },
    });
  });

  test('breaks off what is under way when it ends', async () => {
    const url = await startServer(afterReading(() => void sender!.end()));
    const { status, failure } = await makeSender(url).send(picture, 'image/jpeg');
    expect(status).toBe(0);
    expect(failure?.code).not.toBe('timeout');
  });
});
