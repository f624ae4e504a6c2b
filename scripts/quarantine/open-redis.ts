/**
 * The Redis of the installation that is asked about: the one that the services are told of, else the private one of
 * `npm start`, which is found by what that left in its data folder. It starts none.
 */
import { once } from 'node:events';
import { existsSync, readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { defaultRedisUrl, type Settings } from '../../packages/shared/src/contract/index.ts';
import { connectProducer, type Redis } from '../../packages/shared/src/redis/index.ts';
import { withRedisPassword } from '../../packages/shared/src/service/with-redis-password.ts';
import { OperatorError } from './operator-error.ts';

/** A person waits, and a large picture takes a while. */
const timeoutMs = 10_000;

export interface FoundRedis {
  readonly url: string;
  /** What to try when it does not answer. */
  readonly hint: string;
}

/** Throws an OperatorError when `npm start` has only run with other ports, and a SettingsError for a bad password file. */
export function findRedisOf(settings: Settings, root: string): FoundRedis {
  if (settings.REDIS_URL !== undefined || settings.SHOAL_REDIS_PASSWORD_FILE !== undefined) {
    const { REDIS_URL: url = defaultRedisUrl } = withRedisPassword(settings);
    return { url, hint: 'REDIS_URL says where it is' };
  }
  const ports = portsOfStarts(join(root, '.data'));
  const [first] = ports;
  if (first === undefined) {
    return {
      url: defaultRedisUrl,
      hint: 'set REDIS_URL, or ask in a container of Compose, as docs/operations.md tells',
    };
  }
  if (!ports.includes(settings.PORT)) {
    throw new OperatorError(
      `npm start has not run with PORT=${settings.PORT} here, but with ${ports.join(' and ')}: ` +
        `PORT=${first} npm run quarantine -- …, or set REDIS_URL`,
    );
  }
  return {
    url: urlOf(configurationOf(join(root, '.data'), settings.PORT)),
    hint: `is npm start running with PORT=${settings.PORT}?`,
  };
}

const configurationOf = (dataDirectory: string, port: number): string =>
  join(dataDirectory, `redis-${port}`, 'redis.conf');

function portsOfStarts(dataDirectory: string): readonly number[] {
  if (!existsSync(dataDirectory)) return [];
  return readdirSync(dataDirectory)
    .flatMap((name) => /^redis-(\d{1,5})$/.exec(name)?.[1] ?? [])
    .map(Number)
    .filter((port) => existsSync(configurationOf(dataDirectory, port)))
    .sort((a, b) => a - b);
}

function urlOf(configuration: string): string {
  const text = readFileSync(configuration, 'utf8');
  const port = /^port (\d+)$/m.exec(text)?.[1];
  if (port === undefined) throw new OperatorError(`${configuration} names no port`);
  const password = /^requirepass (\S+)$/m.exec(text)?.[1];
  return `redis://${password === undefined ? '' : `:${encodeURIComponent(password)}@`}127.0.0.1:${port}/0`;
}

/** Resolves when it takes commands. Throws an OperatorError when it does not; a password is in no message. */
export async function openRedis({ url, hint }: FoundRedis): Promise<Redis> {
  const redis = connectProducer(url, timeoutMs);
  // What goes wrong later goes wrong with a command, which says so itself.
  redis.on('error', () => undefined);
  try {
    await once(redis, 'ready', { signal: AbortSignal.timeout(timeoutMs) });
    return redis;
  } catch (error) {
    redis.disconnect();
    throw new OperatorError(`Redis at ${new URL(url).host} cannot be used (${reasonOf(error)}): ${hint}`, {
      cause: error,
    });
  }
}

function reasonOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  if (error.name === 'AbortError') return 'it did not answer';
  return error.message === '' ? ((error as NodeJS.ErrnoException).code ?? error.name) : error.message;
}
