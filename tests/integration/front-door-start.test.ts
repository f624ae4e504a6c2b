/**
 * How the front door starts, or refuses to: `traefik/start.sh` with a stand-in that prints the flags it was given. What
 * Traefik itself makes of them is for the other tests of the front door.
 */
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { idleConnectionMs } from '../../apps/gateway/src/app.ts';
import { frontDoorVariables, variables } from '../../packages/shared/src/contract/index.ts';
import { startLines } from '../support/front-door.ts';

const readTimeout = 'entrypoints.web.transport.respondingtimeouts.readtimeout';
const ms = (duration: string | undefined): number => {
  const [, value, unit] = /^(\d+)(ms|s)$/.exec(duration ?? '') ?? [];
  return Number(value) * (unit === 's' ? 1_000 : 1);
};

describe('the ladder of time-outs', () => {
  test.each([
    ['as it comes', {}],
    ['with others', { SHOAL_UPLOAD_TIMEOUT_MS: '600000', SHOAL_DEADLINE_MS: '90000' }],
  ])('%s, a gateway ends what takes too long, and Traefik never does it first', async (_name, env) => {
    const { flags, status } = await startLines(env);
    expect(status).toBe(0);
    const given = { ...env } as Record<string, string>;
    const uploadMs = Number(given['SHOAL_UPLOAD_TIMEOUT_MS'] ?? variables.SHOAL_UPLOAD_TIMEOUT_MS.default);
    const deadlineMs = Number(given['SHOAL_DEADLINE_MS'] ?? variables.SHOAL_DEADLINE_MS.default);
    // Node itself cuts an upload 5 s after the gateway would.
    expect(ms(flags[readTimeout])).toBeGreaterThan(uploadMs + 5_000);
    const answer = ms(flags['serverstransport.forwardingtimeouts.responseheadertimeout']);
    expect(answer).toBeGreaterThan(deadlineMs);
    expect(ms(flags['entrypoints.web.transport.lifecycle.gracetimeout'])).toBeGreaterThan(deadlineMs);
    expect(flags['entrypoints.web.transport.respondingtimeouts.writetimeout']).toBe('0s');
    const idle = ms(flags['serverstransport.forwardingtimeouts.idleconntimeout']);
    expect(idle).toBeLessThan(idleConnectionMs);
  });
});

describe('what is asked for', () => {
  test('by nothing is plain HTTP, no dashboard, nobody believed', async () => {
    const { flags } = await startLines({});
    const names = Object.keys(flags).join(' ');
    expect(names).not.toMatch(/websecure|redirections|certificatesresolvers|api|trustedips|docker|insecure/);
    expect(flags['providers.http.endpoint']).toBe('http://gateway:8080/internal/traefik');
    expect(flags['accesslog.fields.headers.defaultmode']).toBe('drop');
  });

  test('as proxies to believe is told to both entry points', async () => {
    const proxies = '10.0.0.0/8,2001:db8::/32,192.0.2.7';
    const { flags } = await startLines({ SHOAL_TRUSTED_PROXIES: proxies });
    expect(flags['entrypoints.web.forwardedheaders.trustedips']).toBe(proxies);
  });
});

describe('a value that is none', () => {
  const bad: readonly (readonly [keyof typeof frontDoorVariables, string])[] = [
    ['SERVER_HOST', 'a`) || PathPrefix(`/internal'],
    ['SERVER_HOST', 'https://vision.example'],
    ['SERVER_HOST', 'vision.example:8082'],
    ['SERVER_HOST', 'a.example,'],
    ['SERVER_HOST', 'a.example\nb.example'],
    ['SERVER_HOST', '{{ env "PATH" }}'],
    ['SHOAL_PATH_PREFIX', 'model/v1'],
    ['SHOAL_PATH_PREFIX', '/model/v1/'],
    ['SHOAL_PATH_PREFIX', '/..'],
    ['SHOAL_PATH_PREFIX', '/a`b'],
    ['SHOAL_TLS', 'yes'],
    ['SHOAL_TLS_PORT', 'https'],
    ['SHOAL_TRUSTED_PROXIES', '10.0.0.0/8 --api.insecure=true'],
    ['SHOAL_DASHBOARD_USERS', 'ada'],
    ['SHOAL_DASHBOARD_USERS', 'ada:plain password'],
    ['SHOAL_ACME_EMAIL', 'ada'],
    ['SHOAL_ACME_SERVER', 'http://ca.example'],
    ['SHOAL_ACME_CHALLENGE', 'dns'],
    ['SHOAL_ACME_VALIDITY_HOURS', '0'],
    ['SHOAL_ACME_VALIDITY_HOURS', '90d'],
  ];

  test.each(bad)('%s=%j is refused by name, by the script and by the table alike', async (name, value) => {
    const { status, said } = await startLines({ [name]: value });
    expect(status).not.toBe(0);
    expect(said).toMatch(new RegExp(`^front door: ${name}: expected `));
    expect(frontDoorVariables[name].schema.safeParse(value).success).toBe(false);
  });

  test('and what the table takes, the script takes', async () => {
    const good = {
      SERVER_HOST: 'vision.example,10.0.0.7,LOCALHOST',
      SHOAL_PATH_PREFIX: '/model/v1.2/a_b',
      SHOAL_TRUSTED_PROXIES: '::1,10.0.0.0/8',
      SHOAL_DASHBOARD_USERS: 'ada:$2y$05$abc./DEF,bob:$apr1$x$y',
    } as const;
    expect(await startLines(good)).toMatchObject({ status: 0, said: '' });
    for (const [name, value] of Object.entries(good)) {
      expect(frontDoorVariables[name as keyof typeof good].schema.safeParse(value).success).toBe(true);
    }
  });
});

const startIn = (where: string) => startLines({ SHOAL_TLS: 'on', CONFIGURATION_FOLDER: where });
const pem = (what: string): string => `-----BEGIN ${what}-----\nAAAA\n-----END ${what}-----\n`;

describe('certificates', () => {
  let folder: string;
  beforeAll(async () => {
    folder = await mkdtemp(path.join(tmpdir(), 'shoal-certificates-'));
  });
  afterAll(() => rm(folder, { recursive: true, force: true }));

  /** A folder of certificates.toml and PEM files, by name; a name without text is not written. */
  async function makeFolder(
    name: string,
    files: Readonly<Record<string, string>>,
    toml?: string,
  ): Promise<string> {
    const here = path.join(folder, name);
    await mkdir(path.join(here, 'files'), { recursive: true });
    for (const [file, text] of Object.entries(files)) await writeFile(path.join(here, 'files', file), text);
    const pair = `certFile = "${here}/files/cert.pem"\n  keyFile = '${here}/files/key.pem' # the key\n`;
    await writeFile(path.join(here, 'certificates.toml'), toml ?? `[[tls.certificates]]\n  ${pair}`);
    return here;
  }
  test('TLS without a certificates.toml stops the start', async () => {
    const { status, said } = await startIn(path.join(folder, 'nowhere'));
    expect(status).not.toBe(0);
    expect(said).toMatch(
      /SHOAL_TLS is on, and there is no readable certificates\.toml in the folder TRAEFIK_CONFIG/,
    );
  });

  test('a file that is named and not there stops the start', async () => {
    const where = await makeFolder('no-key', { 'cert.pem': pem('CERTIFICATE') });
    const { status, said } = await startIn(where);
    expect(status).not.toBe(0);
    expect(said).toContain('files/key.pem, named in certificates.toml, is not there');
  });

  test('a file that cannot be read stops the start', async () => {
    const where = await makeFolder('folder-for-key', { 'cert.pem': pem('CERTIFICATE') });
    // A folder in its place is what nobody can read, not even root.
    await mkdir(path.join(where, 'files/key.pem'));
    const { status, said } = await startIn(where);
    expect(status).not.toBe(0);
    expect(said).toMatch(/files\/key\.pem, named in certificates\.toml, cannot be read by user \d+/);
  });

  test('a file that holds something else stops the start', async () => {
    const swapped = await makeFolder('swapped', {
      'cert.pem': pem('EC PRIVATE KEY'),
      'key.pem': pem('CERTIFICATE'),
    });
    expect((await startIn(swapped)).said).toMatch(/cert\.pem, .*, holds no CERTIFICATE in PEM/);
    const empty = await makeFolder('empty', { 'cert.pem': pem('CERTIFICATE'), 'key.pem': '' });
    expect((await startIn(empty)).said).toMatch(/key\.pem, .*, holds no PRIVATE KEY in PEM/);
  });

  test('a certificates.toml that names nothing stops the start', async () => {
    const where = await makeFolder('nothing', {}, '# certFile = "/configuration/files/cert.pem"\n');
    expect((await startIn(where)).said).toMatch(/certificates\.toml names no certFile and keyFile/);
  });

  test('a folder of certificates with TLS off stops the start, with what to add', async () => {
    const { status, said } = await startLines({ TRAEFIK_CONFIG: '/etc/certificates' });
    expect(status).not.toBe(0);
    expect(said).toMatch(/TRAEFIK_CONFIG is set, and TLS is off: add -f docker-compose\.tls\.yml/);
  });
});
