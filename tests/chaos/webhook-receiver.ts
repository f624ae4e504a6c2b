/**
 * Receives webhooks: checks who signed them, refuses the first attempt of some, as receivers do, and notes those that it took.
 */
import { once } from 'node:events';
import http from 'node:http';
import type { AddressInfo } from 'node:net';
import { Webhook } from 'standardwebhooks';
import { finalOf } from './call.ts';
import type { History } from './history.ts';

export interface WebhookReceiver {
  readonly url: string;
  readonly secret: string;
  stop(): void;
}

/** One in so many is refused once. */
const refusedOneIn = 5;

export async function startReceiver(history: History): Promise<WebhookReceiver> {
  const secret = `whsec_${Buffer.alloc(32, 'ledger').toString('base64')}`;
  const verifier = new Webhook(secret);
  const refused = new Set<string>();
  let received = 0;
  const server = http.createServer((request, response) => {
    let text = '';
    request.setEncoding('utf8').on('data', (chunk: string) => (text += chunk));
    request.on('end', () => {
      const id = String(request.headers['webhook-id']);
      received += 1;
      if (received % refusedOneIn === 0 && !refused.has(id)) {
        refused.add(id);
        response.writeHead(500).end();
        return;
      }
      history.deliveries.push({ id, atMs: Date.now(), result: read(text, request.headers) });
      response.writeHead(204).end();
    });
  });
  const read = (text: string, headers: http.IncomingHttpHeaders) => {
    try {
      return finalOf(verifier.verify(text, headers as Record<string, string>));
    } catch {
      return undefined;
    }
  };
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}/answers`,
    secret,
    stop: () => {
      server.closeAllConnections();
      server.close();
    },
  };
}
