/** Certificates from a folder, as the old server had them, in a real Traefik. */
import { execFileSync } from 'node:child_process';
import { chmodSync, readFileSync } from 'node:fs';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { freePort } from '../../scripts/redis/ports.ts';
import { subjectsShownWhile } from '../support/certificates.ts';
import { findTraefik, startFrontDoor, startLines, type FrontDoor } from '../support/front-door.ts';
import { rawRequest } from '../support/raw-request.ts';
import { startStack, type Stack } from '../support/stack.ts';
import { waitFor } from '../support/wait-for.ts';

const isMissing = findTraefik() === undefined || !hasOpenssl();

describe.skipIf(isMissing)(
  'TLS (TRAEFIK_BIN or traefik on the PATH, and openssl)',
  { timeout: 60_000 },
  () => {
    let folder: string;
    let stack: Stack;
    let door: FrontDoor;
    let ca: string;

    beforeAll(async () => {
      folder = await mkdtemp(path.join(tmpdir(), 'shoal-tls-'));
      await mkdir(path.join(folder, 'files'));
      makeCertificate(folder, 'vision.example', 'cert', 'key');
      ca = readFileSync(path.join(folder, 'files/cert.pem'), 'utf8');
      const pair = `certFile = "${folder}/files/cert.pem"\n  keyFile = "${folder}/files/key.pem"\n`;
      await writeFile(path.join(folder, 'certificates.toml'), `[[tls.certificates]]\n  ${pair}`);
      stack = await startStack({ models: [] });
      door = await startFrontDoor(stack.url, { SHOAL_TLS: 'on', CONFIGURATION_FOLDER: folder });
      await waitFor('HTTPS', async () => (await over('vision.example')).status === 200);
    });
    afterAll(async () => {
      await door?.stop();
      await stack?.stop();
      await rm(folder, { recursive: true, force: true });
    });

    const over = (servername: string, address = '/readyz') =>
      rawRequest(door.tlsUrl, {
        path: address,
        headers: { host: 'vision.example' },
        tls: { ca, servername },
      });

    test('it speaks HTTPS with the certificate of the folder, whose key only its owner can read', async () => {
      const { status, commonName, headers } = await over('vision.example');
      expect({ status, commonName }).toEqual({ status: 200, commonName: 'vision.example' });
      expect(headers.join('\n')).toMatch(/strict-transport-security\nmax-age=31536000/i);
      expect((await over('vision.example', '/metrics')).status).toBe(404);
    });

    test('who names no host, or another, gets that certificate and never one that Traefik makes up', async () => {
      for (const servername of ['', 'other.example']) {
        const shown = certificateShown(door, servername);
        expect(shown).toMatch(/subject=CN ?= ?vision\.example/);
        expect(shown).not.toContain('TRAEFIK DEFAULT');
      }
    });

    test('that is so from the first moment of a start on', async () => {
      for (let start = 0; start < 4; start++) {
        const tlsPort = await freePort();
        let other: FrontDoor | undefined;
        const subjects = await subjectsShownWhile(`https://127.0.0.1:${tlsPort}`, async () => {
          const env = { SHOAL_TLS: 'on', CONFIGURATION_FOLDER: folder };
          other = await startFrontDoor(stack.url, env, { tlsPort });
        });
        await other?.stop();
        expect(subjects).toEqual(['CN=vision.example']);
      }
    });

    test('HTTP leads to HTTPS, with the port, and a POST stays a POST', async () => {
      const headers = { host: 'vision.example' };
      const get = await rawRequest(door.url, { path: '/v1/models?a=1', headers });
      expect(get.status).toBe(301);
      const post = await rawRequest(door.url, { method: 'POST', path: '/predictor', headers });
      expect(post.status).toBe(308);
      expect(get.headers.join('\n')).toContain(`https://vision.example:${door.tlsPort}/v1/models?a=1`);
    });

    test('a renewed certificate is taken at SIGHUP, without an end of service', async () => {
      makeCertificate(folder, 'renewed.example', 'cert', 'key');
      door.signal('SIGHUP');
      const before = (await rawRequest(door.url, { path: '/' })).status;
      await waitFor('the new certificate', () =>
        certificateShown(door, 'renewed.example').includes('renewed.example'),
      );
      expect((await rawRequest(door.url, { path: '/' })).status).toBe(before);
    });

    test('a key of another certificate stops the start', async () => {
      makeCertificate(folder, 'other.example', 'other-cert', 'other-key');
      const mixed = path.join(folder, 'mixed');
      await mkdir(mixed);
      const pair = `certFile = "${folder}/files/cert.pem"\nkeyFile = "${folder}/files/other-key.pem"\n`;
      await writeFile(path.join(mixed, 'certificates.toml'), `[[tls.certificates]]\n${pair}`);
      const { status, said } = await startLines({ SHOAL_TLS: 'on', CONFIGURATION_FOLDER: mixed });
      expect(status).not.toBe(0);
      expect(said).toMatch(/other-key\.pem is not the key of .*cert\.pem/);
    });
  },
);

function hasOpenssl(): boolean {
  try {
    execFileSync('openssl', ['version'], { stdio: 'ignore' });
    return true;
  } catch {
    return false;
  }
}

function makeCertificate(folder: string, name: string, certificate: string, key: string): void {
  const keyFile = path.join(folder, 'files', `${key}.pem`);
  const newKey = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes', '-keyout', keyFile];
  const subject = ['-subj', `/CN=${name}`, '-addext', `subjectAltName=DNS:${name}`, '-days', '2'];
  execFileSync(
    'openssl',
    ['req', '-x509', ...newKey, ...subject, '-out', path.join(folder, 'files', `${certificate}.pem`)],
    { stdio: 'ignore' },
  );
  chmodSync(keyFile, 0o600);
}

/** What openssl tells of the certificate; '' for a client that names no host. */
function certificateShown(door: FrontDoor, servername: string): string {
  const name = servername === '' ? ['-noservername'] : ['-servername', servername];
  return execFileSync('openssl', ['s_client', '-connect', new URL(door.tlsUrl).host, ...name], {
    encoding: 'utf8',
    input: '',
    stdio: ['pipe', 'pipe', 'ignore'],
  });
}
