/**
 * docker-compose.tls.yml through real Traefik, with certificates in a folder laid out as the older server's was. The tests
 * share one project and run in order.
 */
import { execFile } from 'node:child_process';
import { chmodSync, chownSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest';
import { freePort } from '../../scripts/redis/ports.ts';
import {
  fingerprintOf,
  fingerprintShown,
  hasOpenssl,
  makeAuthority,
  type Authority,
} from '../support/certificates.ts';
import { composeUp, type ComposeStack } from '../support/compose-stack.ts';
import { confinementOf } from '../support/containers.ts';
import { docker, hasDockerEngine } from '../support/docker.ts';
import { sampleScene } from '../support/pictures.ts';
import { rawRequest, type RawRequest } from '../support/raw-request.ts';
import { repository } from '../support/service-process.ts';
import { waitFor } from '../support/wait-for.ts';

const run = promisify(execFile);
const project = 'shoal-e2e-tls';
const host = 'vision.example';
const isMissing = !process.env['TRAEFIK_IMAGE'] || !hasOpenssl() || !(await hasDockerEngine());

describe.skipIf(isMissing)('HTTPS in containers (TRAEFIK_IMAGE, openssl, a Docker Engine)', () => {
  let folder: string;
  let authority: Authority;
  let stack: ComposeStack;
  let tlsPort: number;
  let tlsUrl: string;

  beforeAll(async () => {
    folder = mkdtempSync(path.join(tmpdir(), 'shoal-e2e-tls-'));
    authority = makeAuthority(folder, 'authority');
    tlsPort = await freePort();
    tlsUrl = `https://127.0.0.1:${tlsPort}`;
    stack = await composeUp(project, {
      overlays: ['docker-compose.tls.yml'],
      testOverlays: ['tests/e2e/docker-compose.tls.test.yml'],
      environment: { SHOAL_TLS_PORT: String(tlsPort), TRAEFIK_CONFIG: makeConfiguration('good') },
      isReady: async () => (await ask({ path: '/readyz' })).status === 200,
    });
  });
  afterAll(async () => {
    // The last test takes it down; after a failure on the way it may still stand.
    await stack?.down();
    rmSync(folder, { recursive: true, force: true });
  });

  /** What an operator keeps: certificates.toml beside a folder of PEM files, and keys that are somebody else's. */
  function makeConfiguration(name: string): string {
    const configuration = path.join(folder, name);
    mkdirSync(path.join(configuration, 'files'), { recursive: true });
    for (const place of [folder, configuration]) chmodSync(place, 0o755);
    writeCertificate(configuration);
    const pair = ['certFile = "/configuration/files/cert.pem"', 'keyFile = "/configuration/files/key.pem"'];
    writeFileSync(
      path.join(configuration, 'certificates.toml'),
      ['[[tls.certificates]]', ...pair.map((line) => `  ${line}`), ''].join('\n'),
    );
    return configuration;
  }

  function writeCertificate(configuration: string): void {
    const [certificate, key] = ['cert.pem', 'key.pem'].map((name) => path.join(configuration, 'files', name));
    authority.issue(host, certificate!, key!);
    // Not that of root, as which Traefik runs.
    if (process.getuid?.() === 0) chownSync(key!, 1000, 1000);
  }

  const ask = (request: RawRequest, ca = authority.pem) =>
    rawRequest(tlsUrl, { ...request, headers: { host, ...request.headers }, tls: { ca, servername: host } });

  const ourFingerprint = () => fingerprintOf(path.join(folder, 'good/files/cert.pem'));

  const composeWith = (configuration: string, ...args: readonly string[]) =>
    run('docker', ['compose', '--project-directory', repository, ...args], {
      env: { ...stack.composeEnvironment, TRAEFIK_CONFIG: configuration },
      cwd: repository,
    });

  test('a picture is answered over HTTPS, to a client that trusts our authority and no other', async () => {
    const picture: RawRequest = {
      method: 'POST',
      path: '/v1/predictions?model=demo-yolo',
      headers: { 'content-type': 'application/octet-stream' },
      body: await sampleScene(),
    };
    const { status, body, commonName } = await ask(picture);
    expect({ status, commonName }).toEqual({ status: 200, commonName: host });
    expect((JSON.parse(body) as { detections: object[] }).detections.length).toBeGreaterThan(1);
    const stranger = makeAuthority(folder, 'stranger');
    await expect(ask(picture, stranger.pem)).rejects.toThrow(/unable to (?:verify|get)/);
  });

  test('the certificate that is shown is ours, whatever name is asked for', async () => {
    for (const servername of [host, 'other.example', '']) {
      expect(await fingerprintShown(tlsUrl, servername)).toBe(ourFingerprint());
    }
  });

  test('HTTP leads to HTTPS, and a POST stays a POST', async () => {
    const answers = await Promise.all(
      ['GET', 'POST'].map((method) =>
        rawRequest(stack.url, { method, path: '/v1/models?a=1', headers: { host } }),
      ),
    );
    expect(answers.map(({ status }) => status)).toEqual([301, 308]);
    for (const { headers } of answers) {
      expect(headers[headers.findIndex((name) => name.toLowerCase() === 'location') + 1]).toBe(
        `https://${host}:${tlsPort}/v1/models?a=1`,
      );
    }
  });

  test('Traefik may read every file, and no more than that', async () => {
    const [id] = await stack.containersOf('traefik');
    const { isConfined, capabilities } = await confinementOf(id!);
    expect(isConfined).toBe(true);
    expect(capabilities.map((name) => name.replace(/^CAP_/, ''))).toEqual(['DAC_READ_SEARCH']);
  });

  test('a renewed certificate is taken at SIGHUP', async () => {
    const before = ourFingerprint();
    writeCertificate(path.join(folder, 'good'));
    expect(ourFingerprint()).not.toBe(before);
    await stack.compose('kill', '-s', 'HUP', 'traefik');
    await waitFor(
      'the renewed certificate',
      async () => (await fingerprintShown(tlsUrl, host)) === ourFingerprint(),
    );
    expect((await ask({ path: '/readyz' })).status).toBe(200);
  });

  /** What a start says that does not come to be; one that does is killed. */
  async function refusal(configuration: string, ...options: readonly string[]): Promise<string> {
    const name = `${project}-refused`;
    onTestFinished(async () => void (await docker('rm', '--force', name).catch(() => undefined)));
    const args = ['run', '--rm', '--no-deps', '-T', '--name', name, ...options, 'traefik'];
    const started = composeWith(configuration, ...args);
    const timer = setTimeout(() => void docker('kill', name).catch(() => undefined), 20_000);
    try {
      const { stdout } = await started;
      throw new Error(`it ended well: ${stdout}`);
    } catch (error) {
      return (error as { stderr?: string }).stderr ?? String(error);
    } finally {
      clearTimeout(timer);
    }
  }

  test.each([
    ['certificate', 'cert.pem'],
    ['key', 'key.pem'],
  ])('a %s that is not there stops the start', async (_what, file) => {
    const configuration = makeConfiguration(`without-${file}`);
    rmSync(path.join(configuration, 'files', file));
    expect(await refusal(configuration)).toContain(
      `front door: /configuration/files/${file}, named in certificates.toml, is not there\n`,
    );
  });

  test('a folder without certificates.toml stops the start', async () => {
    const configuration = makeConfiguration('unnamed');
    rmSync(path.join(configuration, 'certificates.toml'));
    expect(await refusal(configuration)).toContain(
      'front door: SHOAL_TLS is on, and there is no readable certificates.toml in the folder TRAEFIK_CONFIG\n',
    );
  });

  test.each([
    ['a user who may not', ['--user', '65534']],
    ['root without the capability to', ['--cap-drop', 'DAC_READ_SEARCH']],
  ])('a key that Traefik as %s read stops the start', async (_who, options) => {
    const configuration = path.join(folder, 'good');
    expect(await refusal(configuration, ...options)).toMatch(
      /front door: \/configuration\/files\/key\.pem, named in certificates\.toml, cannot be read by user \d+/,
    );
  });

  test('a front door that lost its certificate shows none, and says why; with it back it opens', async () => {
    const up = ['up', '--detach', '--no-deps', '--wait', '--wait-timeout', '60', 'traefik'];
    const configuration = makeConfiguration('lost');
    rmSync(path.join(configuration, 'files/cert.pem'));
    await expect(composeWith(configuration, ...up)).rejects.toThrow('Command failed');
    expect(await stack.compose('logs', '--no-log-prefix', 'traefik')).toContain(
      'front door: /configuration/files/cert.pem, named in certificates.toml, is not there',
    );
    await expect(fingerprintShown(tlsUrl, host)).rejects.toThrow(/ECONNRE|closed|disconnected/);
    await composeWith(path.join(folder, 'good'), ...up);
    expect(await fingerprintShown(tlsUrl, host)).toBe(ourFingerprint());
    await waitFor('an answer', async () => (await ask({ path: '/readyz' })).status === 200);
  });

  test('down leaves nothing', async () => {
    expect(await stack.down()).toEqual([]);
  });
});
