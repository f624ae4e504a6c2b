/**
 * The variables that Compose and `traefik/start.sh` read, and no service does: they are declared beside the others to be
 * told of, and checked, in the same way. The patterns in start.sh say the same, and a test compares the two.
 */
import { z } from 'zod';
import { optionalVariable, text, variable, wholeNumber, type Variable } from './variable.ts';

const traefik = ['compose', 'traefik'] as const;
const compose = ['compose'] as const;

/** One or several of a pattern, separated by commas. */
const listOf = (pattern: string, expected: string) =>
  z.string().regex(new RegExp(`^${pattern}(?:,${pattern})*$`), `expected ${expected}`);

export const frontDoorVariables = {
  SERVER_HOST: optionalVariable(
    traefik,
    listOf('[A-Za-z0-9](?:[A-Za-z0-9.-]{0,251}[A-Za-z0-9])?', 'host names without scheme and port'),
    'Host names that the front door answers to, separated by commas; unset: to all.',
  ),
  SERVER_PORT: variable(compose, wholeNumber(0, 65_535), '8082', 'Port of the front door on this machine.'),
  TRAEFIK_IMAGE: variable(compose, text, 'traefik:v3.7', 'The Traefik that is started, 3.6.1 or later.'),
  SHOAL_PATH_PREFIX: optionalVariable(
    traefik,
    z.string().regex(/^(?:\/[A-Za-z0-9_-][A-Za-z0-9_.-]*)+$/, 'expected a path with no slash at its end'),
    'Path below which everything is found, like /model/v1; unset: none.',
  ),
  SHOAL_TLS: variable(
    traefik,
    z.enum(['on', 'off']),
    'off',
    'Whether the front door speaks TLS; docker-compose.tls.yml turns it on.',
  ),
  SHOAL_TLS_PORT: variable(
    traefik,
    wholeNumber(0, 65_535),
    '8443',
    'Port of the front door for HTTPS; HTTP is led there.',
  ),
  TRAEFIK_CONFIG: optionalVariable(
    traefik,
    text,
    'Folder with certificates.toml, which names PEM files under /configuration/files; with TLS.',
  ),
  SHOAL_ACME_EMAIL: optionalVariable(
    traefik,
    z.string().regex(/^[^@\s]+@[^@\s]+$/, 'expected an address of e-mail'),
    'Get certificates for SERVER_HOST by ACME, on behalf of this address; with TLS.',
  ),
  SHOAL_ACME_SERVER: optionalVariable(
    traefik,
    z.string().regex(/^https:\/\/\S+$/, 'expected https://…'),
    'Directory of the ACME server; unset: that of Let’s Encrypt.',
  ),
  SHOAL_ACME_CA: optionalVariable(
    traefik,
    text,
    'PEM file of the authority that the ACME server itself is trusted by; unset: the public ones.',
  ),
  SHOAL_ACME_CHALLENGE: variable(
    traefik,
    z.enum(['tls', 'http']),
    'tls',
    'What the ACME server asks this one at: tls is port 443, http is port 80.',
  ),
  SHOAL_ACME_VALIDITY_HOURS: variable(
    traefik,
    wholeNumber(1, 99_999),
    '2160',
    'How long certificates of the ACME server are valid; from it follows when they are renewed.',
  ),
  SHOAL_TRUSTED_PROXIES: optionalVariable(
    traefik,
    listOf('[0-9A-Fa-f.:]+(?:/[0-9]{1,3})?', 'addresses or networks like 10.0.0.0/8'),
    'Proxies in front of the front door whose X-Forwarded headers are believed, separated by commas.',
  ),
  SHOAL_DASHBOARD_USERS: optionalVariable(
    traefik,
    listOf('[A-Za-z0-9_.-]+:[A-Za-z0-9$./]+', 'name:hash as htpasswd writes it'),
    'Users of Traefik’s dashboard at /traefik/, as name:hash, separated by commas; unset: it is off.',
  ),
} as const satisfies Record<string, Variable>;
