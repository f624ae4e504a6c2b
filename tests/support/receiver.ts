/** Somebody else's web server, on 127.0.0.1, for what a gateway sends or fetches: remembers what came, answers as told. */
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { createServer, type IncomingHttpHeaders, type RequestListener, type ServerResponse } from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import type { AddressInfo, Server } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { getCACertificates, setDefaultCACertificates } from 'node:tls';
import { onTestFinished } from 'vitest';
import { makeAuthority } from './certificates.ts';

export interface Received {
  readonly method: string;
  readonly path: string;
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
  readonly atMs: number;
}

export interface Receiver {
  readonly port: number;
  /** `http://127.0.0.1:port` */
  readonly url: string;
  readonly received: readonly Received[];
}

export type Reply = (response: ServerResponse, request: Received, index: number) => void;

const accept: Reply = (response) => void response.writeHead(204).end();

/** Ends with the test that asked for it. Without `reply` it says 204. */
export async function startReceiver(reply: Reply = accept): Promise<Receiver> {
  const received: Received[] = [];
  const port = await listen(createServer(listenerOf(reply, received)));
  return { port, url: `http://127.0.0.1:${port}`, received };
}

/** With a certificate for `host`, which this process trusts for as long as the test lasts; needs openssl. */
export async function startTlsReceiver(
  host: string,
  reply: Reply = accept,
): Promise<Receiver & { distrust: () => void }> {
  const folder = mkdtempSync(path.join(tmpdir(), 'shoal-tls-'));
  const [certificate, key] = [path.join(folder, 'certificate.pem'), path.join(folder, 'certificate.key')];
  const authority = makeAuthority(folder, 'authority');
  authority.issue(host, certificate, key);
  const pair = { cert: readFileSync(certificate), key: readFileSync(key) };
  rmSync(folder, { recursive: true });
  const trusted = getCACertificates('default');
  const distrust = (): void => setDefaultCACertificates(trusted);
  setDefaultCACertificates([...trusted, authority.pem]);
  onTestFinished(distrust);
  const received: Received[] = [];
  const port = await listen(createTlsServer(pair, listenerOf(reply, received)));
  return { port, url: `https://${host}:${port}`, received, distrust };
}

const listenerOf =
  (reply: Reply, received: Received[]): RequestListener =>
  (request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      const body = Buffer.concat(chunks).toString('utf8');
      const { method = '', url = '', headers } = request;
      const came = { method, path: url, headers, body, atMs: Date.now() };
      received.push(came);
      reply(response, came, received.length - 1);
    });
  };

async function listen(server: Server & { closeAllConnections(): void }): Promise<number> {
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  onTestFinished(async () => {
    server.closeAllConnections();
    server.close();
    await once(server, 'close');
  });
  return (server.address() as AddressInfo).port;
}
