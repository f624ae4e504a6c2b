/** One HTTP request as it is written, without what `fetch` makes of addresses and headers. */
import http from 'node:http';
import https from 'node:https';
import type { TLSSocket } from 'node:tls';

export interface RawRequest {
  readonly method?: string;
  readonly path: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: Uint8Array;
  /** For https: the certificate to trust, and the name to ask for ('' for none). */
  readonly tls?: { readonly ca: string; readonly servername: string };
}

export interface RawResponse {
  readonly status: number;
  /** Names and values in turn, as they came. */
  readonly headers: readonly string[];
  readonly body: string;
  /** Of the certificate that was shown; https only. */
  readonly commonName: string | undefined;
}

export function rawRequest(
  url: string,
  { method = 'GET', path, headers, body, tls }: RawRequest,
): Promise<RawResponse> {
  const { hostname, port, protocol } = new URL(url);
  return new Promise((resolve, reject) => {
    const request = (protocol === 'https:' ? https : http).request(
      { hostname, port, method, path, agent: false, ...(headers && { headers }), ...tls },
      (response) => {
        const { socket } = response;
        const commonName = 'getPeerCertificate' in socket ? certificateName(socket) : undefined;
        let text = '';
        response.setEncoding('utf8').on('data', (chunk: string) => (text += chunk));
        response.on('error', reject);
        response.on('end', () =>
          resolve({ status: response.statusCode ?? 0, headers: response.rawHeaders, body: text, commonName }),
        );
      },
    );
    request.on('error', reject);
    request.on('upgrade', () => reject(new Error('the request was taken for an upgrade')));
    request.end(body);
  });
}

function certificateName(socket: object): string | undefined {
  const { subject } = (socket as TLSSocket).getPeerCertificate();
  const name = subject?.CN;
  return Array.isArray(name) ? name[0] : name;
}
