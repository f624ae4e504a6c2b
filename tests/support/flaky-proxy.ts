/**
 * What may happen to a client on its way: a server in front of a gateway that does with each request in turn as it was
 * told, and lets pass all that come after.
 */
import { once } from 'node:events';
import http, { type IncomingHttpHeaders } from 'node:http';
import type { AddressInfo } from 'node:net';
import { buffer } from 'node:stream/consumers';

/**
 * `refuse`: 503 with `Retry-After: 0`. `turnAway`: 503 with a `Retry-After` beyond any patience. `lose`: the gateway gets it
 * and answers, and the connection ends before the answer comes back. `pass`: as if nothing were there.
 */
export type Turn = 'refuse' | 'turnAway' | 'lose' | 'pass';

export interface Seen {
  readonly method: string;
  readonly path: string;
  readonly headers: IncomingHttpHeaders;
  /** Of the gateway, where it was asked. */
  readonly answered?: { readonly status: number; readonly headers: IncomingHttpHeaders };
}

export interface FlakyProxy {
  readonly url: string;
  readonly seen: readonly Seen[];
  stop(): Promise<void>;
}

export async function startFlakyProxy(gatewayUrl: string, turns: readonly Turn[]): Promise<FlakyProxy> {
  const seen: Seen[] = [];
  let count = 0;
  const server = http.createServer((request, response) => {
    const turn = turns[count] ?? 'pass';
    count += 1;
    void (async () => {
      const body = await buffer(request);
      const { method = '', url: path = '', headers } = request;
      if (turn === 'refuse' || turn === 'turnAway') {
        seen.push({ method, path, headers });
        const error = { code: 'overloaded', message: 'not now' };
        response.writeHead(503, { 'retry-after': turn === 'refuse' ? '0' : '86400' });
        return response.end(JSON.stringify({ error }));
      }
      const answer = await forward(gatewayUrl, request, body);
      seen.push({ method, path, headers, answered: answer });
      if (turn === 'lose') return request.socket.destroy();
      return response.writeHead(answer.status, answer.headers).end(answer.body);
    })().catch(() => response.destroy());
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    seen,
    async stop() {
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    },
  };
}

async function forward(
  gatewayUrl: string,
  { method, url, headers }: http.IncomingMessage,
  body: Buffer,
): Promise<{ status: number; headers: IncomingHttpHeaders; body: Buffer }> {
  const { upgrade: _offered, connection: _said, 'http2-settings': _settings, ...kept } = headers;
  const request = http.request(new URL(url ?? '/', gatewayUrl), { method, headers: kept, agent: false });
  request.end(body);
  const [response] = (await once(request, 'response')) as [http.IncomingMessage];
  return { status: response.statusCode ?? 0, headers: response.headers, body: await buffer(response) };
}
