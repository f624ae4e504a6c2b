/**
 * Pebble, the ACME server that Let's Encrypt writes for tests, with the DNS server that comes with it: every name leads to
 * 127.0.0.1. Where PEBBLE_BIN and CHALLTESTSRV_BIN do not name the two programs, tests skip by name.
 */
import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { freePort } from '../../scripts/redis/ports.ts';
import type { Authority } from './certificates.ts';
import { rawRequest } from './raw-request.ts';
import { waitFor } from './wait-for.ts';

export function findPebble(): { readonly pebble: string; readonly dns: string } | undefined {
  const [pebble, dns] = [process.env['PEBBLE_BIN'], process.env['CHALLTESTSRV_BIN']];
  return pebble && dns ? { pebble, dns } : undefined;
}

export interface AcmeServer {
  readonly directory: string;
  /** What clients of the issued certificates trust; made anew with each start. */
  readonly rootPem: string;
  readonly text: string;
  /** Serial numbers, in upper case as Node writes them. */
  readonly issued: readonly string[];
  /** How many orders it was sent. */
  readonly orders: number;
  stop(): Promise<void>;
}

export interface AcmeOptions {
  /** Signs the certificate of the ACME server's own HTTPS. */
  readonly authority: Authority;
  readonly port: number;
  /** Where it looks for the answers to challenges, in place of 80 and 443. */
  readonly httpPort: number;
  readonly tlsPort: number;
  readonly validityHours?: number;
}

export const directoryAt = (port: number): string => `https://localhost:${port}/dir`;

export async function startPebble(options: AcmeOptions): Promise<AcmeServer> {
  const { authority, port, httpPort, tlsPort, validityHours = 2_160 } = options;
  const { pebble, dns } = findPebble()!;
  const folder = await mkdtemp(path.join(tmpdir(), 'shoal-pebble-'));
  const file = (name: string) => path.join(folder, name);
  authority.issue('localhost', file('cert.pem'), file('key.pem'));
  const [managementPort, dnsPort, dnsManagementPort] = [await freePort(), await freePort(), await freePort()];
  const configuration = {
    listenAddress: `127.0.0.1:${port}`,
    managementListenAddress: `127.0.0.1:${managementPort}`,
    certificate: file('cert.pem'),
    privateKey: file('key.pem'),
    httpPort,
    tlsPort,
    keyAlgorithm: 'ecdsa',
    retryAfter: { authz: 1, order: 1 },
    profiles: { default: { description: 'the only one', validityPeriod: validityHours * 3_600 } },
  };
  await writeFile(file('pebble.json'), JSON.stringify({ pebble: configuration }));

  let text = '';
  const run = (program: string, args: readonly string[]): ChildProcess => {
    const env = { PATH: process.env['PATH'] ?? '', PEBBLE_VA_NOSLEEP: '1' };
    const child = spawn(program, args, { env, stdio: ['ignore', 'pipe', 'pipe'] });
    for (const output of [child.stdout, child.stderr]) {
      output.setEncoding('utf8').on('data', (chunk: string) => (text += chunk));
    }
    return child;
  };
  const nameServer = `127.0.0.1:${dnsPort}`;
  const nobody = ['-http01=', '-https01=', '-tlsalpn01=', '-doh='];
  const listening = [`-dnsserver=${nameServer}`, `-management=127.0.0.1:${dnsManagementPort}`];
  const children = [
    run(dns, [...nobody, ...listening, '-defaultIPv4=127.0.0.1', '-defaultIPv6=']),
    run(pebble, ['-config', file('pebble.json'), '-dnsserver', nameServer]),
  ];
  const killWithTests = (): void => children.forEach((child) => void child.kill('SIGKILL'));
  process.once('exit', killWithTests);
  const stop = async (): Promise<void> => {
    process.off('exit', killWithTests);
    const exits = children
      .filter(({ exitCode, signalCode }) => exitCode === null && signalCode === null)
      .map((child) => once(child, 'exit'));
    killWithTests();
    await Promise.all(exits);
    await rm(folder, { recursive: true, force: true });
  };

  const ask = (where: number, address: string) =>
    rawRequest(`https://localhost:${where}`, {
      path: address,
      // It asks for this header of everybody.
      headers: { 'user-agent': 'test' },
      tls: { ca: authority.pem, servername: 'localhost' },
    });
  try {
    await waitFor('the ACME server', async () => (await ask(port, '/dir')).status === 200);
    const root = await waitFor('its root', async () => {
      const { status, body } = await ask(managementPort, '/roots/0');
      return status === 200 && body;
    });
    return {
      directory: directoryAt(port),
      rootPem: root,
      get text() {
        return text;
      },
      get issued() {
        return [...text.matchAll(/Issued certificate serial ([0-9a-f]+) /g)].map(([, serial]) =>
          serial!.toUpperCase(),
        );
      },
      get orders() {
        return [...text.matchAll(/Added order /g)].length;
      },
      stop,
    };
  } catch (error) {
    await stop();
    throw new Error(`no ACME server: ${text}`, { cause: error });
  }
}
