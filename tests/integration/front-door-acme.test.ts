/** Certificates from an ACME server: a real Traefik, started by `traefik/start.sh`, gets them from a real Pebble. */
import { mkdirSync, mkdtempSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { freePort } from '../../scripts/redis/ports.ts';
import {
  certificateShown,
  hasOpenssl,
  makeAuthority,
  subjectsShownWhile,
  type Authority,
} from '../support/certificates.ts';
import { findTraefik, startFrontDoor, type FrontDoor } from '../support/front-door.ts';
import { directoryAt, findPebble, startPebble, type AcmeServer } from '../support/pebble.ts';
import { rawRequest } from '../support/raw-request.ts';
import { startStack, type Stack } from '../support/stack.ts';
import { waitFor } from '../support/wait-for.ts';

const isMissing = findTraefik() === undefined || findPebble() === undefined || !hasOpenssl();
const host = 'vision.example';
/** Traefik makes two RSA keys of 4,096 bits before it has its first certificate. */
const patienceMs = 90_000;
const refused = /unrecognized name/;
/** Longer than it takes to order a certificate, for tests that say that none is ordered. */
const orderMs = 4_000;

describe.skipIf(isMissing)(
  'certificates from ACME (TRAEFIK_BIN or traefik on the PATH, PEBBLE_BIN, CHALLTESTSRV_BIN, openssl)',
  { timeout: 2 * patienceMs },
  () => {
    let folder: string;
    let authority: Authority;
    let stack: Stack;
    let acmePort: number;
    let port: number;
    let tlsPort: number;
    let pebble: AcmeServer | undefined;
    let door: FrontDoor | undefined;

    beforeAll(async () => {
      folder = mkdtempSync(path.join(tmpdir(), 'shoal-acme-'));
      authority = makeAuthority(folder, 'authority');
      stack = await startStack({ models: [] });
      [acmePort, port, tlsPort] = [await freePort(), await freePort(), await freePort()];
    });
    const stopBoth = async (): Promise<void> => {
      await door?.stop();
      await pebble?.stop();
      [door, pebble] = [undefined, undefined];
    };
    afterAll(async () => {
      await stack?.stop();
      rmSync(folder, { recursive: true, force: true });
    });

    const startAcme = async (options: { validityHours?: number; tlsPort?: number } = {}) =>
      (pebble = await startPebble({ authority, port: acmePort, httpPort: port, tlsPort, ...options }));

    /** With certificates in a folder of that name, which stays when the door closes. */
    async function open(name: string, env: Readonly<Record<string, string>> = {}): Promise<FrontDoor> {
      await door?.stop();
      mkdirSync(path.join(folder, name), { recursive: true });
      const settings = {
        SHOAL_TLS: 'on',
        SERVER_HOST: host,
        SHOAL_ACME_EMAIL: 'ada@vision.example',
        SHOAL_ACME_SERVER: directoryAt(acmePort),
        SHOAL_ACME_CA: 'authority.pem',
        ACME_CA_FILE: path.join(folder, 'authority.pem'),
        ACME_FOLDER: path.join(folder, name),
      };
      return (door = await startFrontDoor(stack.url, { ...settings, ...env }, { port, tlsPort }));
    }

    const over = (servername = host, ca = pebble!.rootPem) =>
      rawRequest(door!.tlsUrl, {
        path: '/readyz',
        headers: { host: servername },
        tls: { ca, servername },
      });
    const answers = (servername = host, ca = pebble!.rootPem) =>
      waitFor('HTTPS', async () => (await over(servername, ca)).status === 200, patienceMs);
    const shown = (servername = host) => certificateShown(door!.tlsUrl, servername);
    const plain = (address: string) => rawRequest(door!.url, { path: address, headers: { host } });

    describe('once it was had', () => {
      beforeAll(async () => {
        await startAcme();
        await open('kept');
        await answers();
      }, patienceMs);
      afterAll(stopBoth);

      test('is shown to who asks for SERVER_HOST, and leads to the root of the ACME server', async () => {
        const certificate = await shown();
        expect(certificate.subjectAltName).toBe(`DNS:${host}`);
        expect(pebble!.issued).toEqual([certificate.serialNumber]);
        const stranger = makeAuthority(folder, 'stranger').pem;
        await expect(over(host, stranger)).rejects.toThrow(/unable to (?:verify|get)/);
      });

      test('who asks for another host, or for none, is refused', async () => {
        for (const name of ['other.example', '']) await expect(shown(name)).rejects.toThrow(refused);
      });

      test('HTTP leads to HTTPS', async () => {
        const { status, headers } = await plain('/v1/models?a=1');
        expect(status).toBe(301);
        expect(headers.join('\n')).toContain(`https://${host}:${tlsPort}/v1/models?a=1`);
      });

      test('is kept where only its owner can read it, and the health check is content', () => {
        expect(statSync(path.join(folder, 'kept/acme.json')).mode & 0o777).toBe(0o600);
        expect(door!.healthCheck()).toBe(0);
      });

      test('is shown again after a restart, and no other is ordered', async () => {
        const { orders, issued } = pebble!;
        const { serialNumber } = await shown();
        await open('kept');
        await answers();
        await setTimeout(orderMs);
        expect((await shown()).serialNumber).toBe(serialNumber);
        expect({ orders: pebble!.orders, issued: pebble!.issued }).toEqual({ orders, issued });
      });

      test('is asked for again when SERVER_HOST has another name', async () => {
        await open('kept', { SERVER_HOST: 'renamed.example' });
        expect(door!.healthCheck()).toBe(1);
        await answers('renamed.example');
        expect(door!.healthCheck()).toBe(0);
      });

      test('is shown after a restart while the ACME server is away', async () => {
        const { rootPem } = pebble!;
        const { serialNumber } = await shown();
        await pebble!.stop();
        await open('kept');
        await answers(host, rootPem);
        expect((await shown()).serialNumber).toBe(serialNumber);
      });
    });

    describe('anew', () => {
      afterEach(stopBoth);

      test('with the HTTP challenge only port 80 is asked at, and all but the challenge leads to HTTPS', async () => {
        await startAcme({ tlsPort: await freePort() });
        await open('http', { SHOAL_ACME_CHALLENGE: 'http', SERVER_HOST: `${host},Second.example` });
        await answers();
        await answers('second.example');
        expect(pebble!.issued).toEqual([(await shown()).serialNumber]);
        expect(pebble!.text).toContain(`http://${host}:${port}/.well-known/acme-challenge/`);
        expect((await plain('/.well-known/acme-challenge/none')).status).toBe(404);
        expect((await plain('/.well-known/security.txt')).status).toBe(301);
        expect(door!.healthCheck()).toBe(0);
      });

      test('without an ACME server nobody gets in, and it says why; when the server is there, it is asked again', async () => {
        await open('late', { ACME_PAUSE_S: '3' });
        await waitFor(
          'a word on it',
          () => door!.text.includes('Unable to obtain ACME certificate'),
          patienceMs,
        );
        for (const name of [host, '']) await expect(shown(name)).rejects.toThrow(refused);
        expect((await plain('/')).status).toBe(301);
        expect(door!.healthCheck()).toBe(1);
        await startAcme();
        await answers();
        expect(pebble!.issued).toEqual([(await shown()).serialNumber]);
        expect(door!.healthCheck()).toBe(0);
      });

      test('from the first moment of a start on, nobody is shown a certificate that Traefik makes up', async () => {
        for (let start = 0; start < 4; start++) {
          const subjects = await subjectsShownWhile(`https://127.0.0.1:${tlsPort}`, () => open('none'));
          expect(subjects).toEqual([]);
        }
      });

      test('an ACME server that another authority vouches for is asked for nothing', async () => {
        await startAcme();
        makeAuthority(folder, 'stranger');
        await open('stranger', { ACME_CA_FILE: path.join(folder, 'stranger.pem') });
        await waitFor(
          'a word on it',
          () => /certificate signed by unknown authority/.test(door!.text),
          patienceMs,
        );
        await expect(shown()).rejects.toThrow(refused);
        expect(pebble!.orders).toBe(0);
      });

      test('a certificate of a day is kept where that is known, and renewed where it counts as about to end', async () => {
        await startAcme({ validityHours: 24 });
        const day = { SHOAL_ACME_VALIDITY_HOURS: '24' };
        await open('short', day);
        await answers();
        const { serialNumber } = await shown();
        await open('short', day);
        await answers();
        await setTimeout(orderMs);
        expect((await shown()).serialNumber).toBe(serialNumber);
        expect(pebble!.issued).toEqual([serialNumber]);

        await open('short');
        await waitFor('a new one', async () => (await shown()).serialNumber !== serialNumber, patienceMs);
        expect(pebble!.issued).toEqual([serialNumber, (await shown()).serialNumber]);
        await answers();
      });
    });
  },
);
