/**
 * What is wrong between a service and its Redis, told once and in words, and once more when it is over. Connections try
 * again by themselves; this only watches them.
 */
import type { Redis } from './connect.ts';

export interface TroubleLog {
  warn(fields: object, message: string): void;
  info(message: string): void;
}

/** The same trouble is told again after this, for whoever reads only the end of a log. */
const tellAgainMs = 60_000;

export function tellOfTrouble(connections: readonly Redis[], log: TroubleLog): void {
  let told: { reason: string; atMs: number } | undefined;
  for (const connection of connections) {
    connection.on('error', (error: NodeJS.ErrnoException) => {
      const reason = reasonOf(error);
      if (told?.reason === reason && Date.now() - told.atMs < tellAgainMs) return;
      told = { reason, atMs: Date.now() };
      log.warn({ err: error }, `Redis is away: ${reason}`);
    });
    connection.on('ready', () => {
      if (told === undefined || connections.some(({ status }) => status !== 'ready')) return;
      told = undefined;
      log.info('Redis is back');
    });
  }
}

/** By the beginning of Redis' own words, or by the code of a socket or of TLS. */
const reasons: readonly (readonly [RegExp, string])[] = [
  [
    /^(WRONGPASS|NOAUTH|ERR AUTH|ERR invalid password)/,
    'it does not accept the password, which is in REDIS_URL or in the file that SHOAL_REDIS_PASSWORD_FILE names',
  ],
  [/^NOPERM/, 'its user may not run the commands that Shoal needs'],
  [/^LOADING/, 'it still reads its data'],
  [/^READONLY/, 'it is a read-only replica'],
  [/^MASTERDOWN/, 'it is a replica that has lost its primary'],
  [/^(ENOTFOUND|EAI_AGAIN)/, 'the name of its host is unknown'],
  [/^ECONNREFUSED/, 'nobody listens at its address'],
  [/CERT|^UNABLE_TO_|^CERT_/, 'its certificate is not trusted; NODE_EXTRA_CA_CERTS can name its authority'],
  [/^(ERR_SSL|EPROTO)/, 'it does not speak our TLS'],
  [/^ETIMEDOUT/, 'it does not answer, or not in this language: redis:// is without TLS, rediss:// with it'],
  [/^(EHOSTUNREACH|ENETUNREACH)/, 'there is no way to its address'],
];

function reasonOf({ code = '', message }: NodeJS.ErrnoException): string {
  const known = reasons.find(([pattern]) => pattern.test(code) || pattern.test(message));
  return known?.[1] ?? 'the connection was lost';
}
