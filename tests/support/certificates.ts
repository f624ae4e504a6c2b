/** An authority that a test makes for itself, and certificates of it, by openssl; tests skip by name where it is not. */
import { execFileSync } from 'node:child_process';
import { X509Certificate } from 'node:crypto';
import { chmodSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { connect } from 'node:tls';

const openssl = (...args: readonly string[]): void =>
  void execFileSync('openssl', args, { stdio: ['ignore', 'ignore', 'pipe'] });

export function hasOpenssl(): boolean {
  try {
    openssl('version');
    return true;
  } catch {
    return false;
  }
}

const newKey = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes'];
const days = ['-days', '2'];

export interface Authority {
  /** What a client trusts, in PEM. */
  readonly pem: string;
  /** Writes a certificate for a host name, and its key, which only its owner can read. */
  issue(name: string, certificateFile: string, keyFile: string): void;
}

/** Its own key lies in `folder`. */
export function makeAuthority(folder: string, name: string): Authority {
  const [certificate, key] = [path.join(folder, `${name}.pem`), path.join(folder, `${name}.key`)];
  openssl('req', '-x509', ...newKey, ...days, '-subj', `/CN=${name}`, '-keyout', key, '-out', certificate);
  return {
    pem: readFileSync(certificate, 'utf8'),
    issue(host, certificateFile, keyFile) {
      const [request, extensions] = [path.join(folder, 'request.pem'), path.join(folder, 'extensions.txt')];
      rmSync(keyFile, { force: true });
      openssl('req', '-new', ...newKey, '-subj', `/CN=${host}`, '-keyout', keyFile, '-out', request);
      chmodSync(keyFile, 0o600);
      writeFileSync(extensions, `subjectAltName=DNS:${host}\nbasicConstraints=CA:FALSE\n`);
      const signer = ['-CA', certificate, '-CAkey', key, '-CAcreateserial', '-extfile', extensions];
      openssl('x509', '-req', '-in', request, ...signer, ...days, '-out', certificateFile);
    },
  };
}

/** SHA-256 of the certificate in a PEM file, as the engine of TLS writes it. */
export const fingerprintOf = (certificateFile: string): string =>
  new X509Certificate(readFileSync(certificateFile)).fingerprint256;

/** The certificate that is shown to who asks for `servername`, trusted or not; '' asks for none. */
export function certificateShown(url: string, servername: string): Promise<X509Certificate> {
  const { hostname, port } = new URL(url);
  return new Promise((resolve, reject) => {
    const socket = connect({ host: hostname, port: Number(port), servername, rejectUnauthorized: false });
    socket.once('error', reject);
    // It accepts and lets go where nobody listens behind a published port.
    socket.once('close', () => reject(new Error('the connection was closed')));
    socket.once('secureConnect', () => {
      const certificate = socket.getPeerX509Certificate();
      if (certificate !== undefined) resolve(certificate);
      socket.destroy();
    });
  });
}

/** Its SHA-256, as the engine of TLS writes it. */
export const fingerprintShown = async (url: string, servername: string): Promise<string> =>
  (await certificateShown(url, servername)).fingerprint256;

/** Subjects of all certificates that are shown from now on until `start` has ended and a little longer, each once. */
export async function subjectsShownWhile(url: string, start: () => Promise<unknown>): Promise<string[]> {
  const subjects = new Set<string>();
  let hasStarted = false;
  const watching = (async () => {
    for (let after = 0; after < 20; after += hasStarted ? 1 : 0) {
      await certificateShown(url, '').then(
        ({ subject }) => subjects.add(subject),
        () => undefined,
      );
      await new Promise((resolve) => setTimeout(resolve, 2));
    }
  })();
  try {
    await start();
  } finally {
    hasStarted = true;
    await watching;
  }
  return [...subjects];
}
