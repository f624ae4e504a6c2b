/** What `traefik/start.sh` makes of the settings of ACME, and which it refuses, with a stand-in that prints its flags. */
import { chmod, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { startLines } from '../support/front-door.ts';

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'shoal-acme-start-'));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

const acme = {
  SHOAL_TLS: 'on',
  SHOAL_TLS_PORT: '443',
  SERVER_HOST: 'vision.example',
  SHOAL_ACME_EMAIL: 'ada@vision.example',
};

test('ACME is a resolver with that address, and HTTP leads to HTTPS', async () => {
  const { flags, status } = await startLines({ ...acme, SHOAL_ACME_SERVER: 'https://ca.example/dir' });
  expect(status).toBe(0);
  expect(flags).toMatchObject({
    'entrypoints.websecure.http.tls': 'true',
    'entrypoints.websecure.http.tls.certresolver': 'acme',
    'certificatesresolvers.acme.acme.email': 'ada@vision.example',
    'certificatesresolvers.acme.acme.caserver': 'https://ca.example/dir',
    'certificatesresolvers.acme.acme.certificatesduration': '2160',
    'certificatesresolvers.acme.acme.tlschallenge': 'true',
    'entrypoints.web.http.redirections.entrypoint.to': ':443',
    'entrypoints.web.http.redirections.entrypoint.scheme': 'https',
  });
  expect(Object.keys(flags).join(' ')).not.toMatch(/cacertificates|httpchallenge/);
});

test('an authority, a challenge and a validity of its own are told to it', async () => {
  const authority = path.join(folder, 'authority.pem');
  await writeFile(authority, '-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n');
  const { flags } = await startLines({
    ...acme,
    SHOAL_ACME_CA: './authority.pem',
    ACME_CA_FILE: authority,
    SHOAL_ACME_CHALLENGE: 'http',
    SHOAL_ACME_VALIDITY_HOURS: '24',
  });
  expect(flags).toMatchObject({
    'certificatesresolvers.acme.acme.cacertificates': authority,
    'certificatesresolvers.acme.acme.httpchallenge.entrypoint': 'web',
    'certificatesresolvers.acme.acme.certificatesduration': '24',
  });
  expect(Object.keys(flags).join(' ')).not.toContain('tlschallenge');
});

const refusals: readonly (readonly [string, Readonly<Record<string, string>>, RegExp])[] = [
  ['without a host', { SERVER_HOST: '' }, /SHOAL_ACME_EMAIL needs SERVER_HOST/],
  ['for an address', { SERVER_HOST: 'a.example,10.0.0.7' }, /SERVER_HOST: .* expected names, not addresses/],
  [
    'beside a folder',
    { TRAEFIK_CONFIG: '/etc/certificates' },
    /TRAEFIK_CONFIG and SHOAL_ACME_EMAIL are both set/,
  ],
  ['with TLS off', { SHOAL_TLS: 'off' }, /SHOAL_ACME_EMAIL is set, and TLS is off: add -f docker-compose/],
  [
    'with a server and no address of e-mail',
    { SHOAL_ACME_EMAIL: '', SHOAL_ACME_SERVER: 'https://ca.example/dir' },
    /SHOAL_ACME_SERVER is set, and SHOAL_ACME_EMAIL is not/,
  ],
  [
    'with an authority that is not there',
    { SHOAL_ACME_CA: 'ca.pem', ACME_CA_FILE: '/nowhere/ca.pem' },
    /\/nowhere\/ca\.pem, named in SHOAL_ACME_CA, is not there/,
  ],
  [
    'with an authority that is none',
    { SHOAL_ACME_CA: 'ca.pem', ACME_CA_FILE: '/dev/null' },
    /\/dev\/null, named in SHOAL_ACME_CA, holds no CERTIFICATE in PEM/,
  ],
  [
    'with nowhere to keep certificates',
    { ACME_FOLDER: '/nowhere' },
    /the folder \/nowhere, .* cannot be written/,
  ],
];

test.each(refusals)('ACME %s stops the start', async (_how, env, sentence) => {
  const { status, said } = await startLines({ ...acme, ...env });
  expect(status).not.toBe(0);
  expect(said).toMatch(sentence);
});

test.each([
  [
    'that others may read stops the start',
    '{}',
    0o640,
    /acme\.json holds private keys, and others .*: chmod 600\n$/,
  ],
  ['that broke off stops the start', '{\n  "acme": {', 0o600, /acme\.json is damaged/],
  ['that is whole is taken', '{\n  "acme": {}\n}', 0o600, /^$/],
  ['that is empty is taken', '', 0o600, /^$/],
])('a store of certificates %s', async (_which, text, mode, sentence) => {
  const store = path.join(folder, 'acme.json');
  await writeFile(store, text);
  await chmod(store, mode);
  expect((await startLines({ ...acme, ACME_FOLDER: folder })).said).toMatch(sentence);
});
