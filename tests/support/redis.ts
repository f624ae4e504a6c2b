/**
 * A real Redis for one test file: private, on a port of its own, in a temporary folder, and gone afterwards, also when
 * the test process is killed. Tests fill, pause, kill and flush it, so it is never a Redis that somebody else has.
 */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { findRedis } from '../../scripts/redis/find-redis.ts';
import { freePort } from '../../scripts/redis/ports.ts';
import { startPrivateRedis } from '../../scripts/redis/private-redis.ts';
import type { RedisSource } from '../../scripts/redis/redis-source.ts';

export interface TestRedisOptions {
  readonly memoryBytesMax?: number;
  /** Data survives `kill` and `restart`. */
  readonly isAppendOnly?: boolean;
  /** Nothing is acknowledged before it is on the disk. */
  readonly isSyncedAlways?: boolean;
  /** Letters and digits. */
  readonly password?: string;
  /** Of the server's command line, for one of another kind; only where Redis is a program and not a container. */
  readonly furtherArguments?: readonly string[];
}

export interface TestRedis {
  readonly url: string;
  readonly port: number;
  /** Its configuration, log and data; temporary. */
  readonly directory: string;
  /** Changes with `restart`. */
  readonly pid: number;
  /** Stops it for good and removes its folder. */
  stop(): Promise<void>;
  /** SIGKILL; resolves when it is gone. `restart` brings it back. */
  kill(): Promise<void>;
  /** Frozen: connections stay open and nothing is answered. */
  pause(): Promise<void>;
  resume(): Promise<void>;
  /** On the same port and, with `isAppendOnly`, with its data. */
  restart(): Promise<void>;
}

const dataDirectory = join(dirname(dirname(dirname(fileURLToPath(import.meta.url)))), '.data');
const defaultMemoryBytesMax = 256 * 1024 * 1024;
const attemptsMax = 3;

const say = (line: string): void => void process.stderr.write(`${line}\n`);
let found: Promise<RedisSource> | undefined;

export function findTestRedis(): Promise<RedisSource> {
  return (found ??= findRedis(dataDirectory, say));
}

export async function startRedis(options: TestRedisOptions = {}): Promise<TestRedis> {
  const directory = mkdtempSync(join(tmpdir(), 'shoal-redis-'));
  const source = withArguments(await findTestRedis(), directory, options.furtherArguments ?? []);
  const settings = {
    directory,
    password: options.password,
    memoryBytesMax: options.memoryBytesMax ?? defaultMemoryBytesMax,
    isAppendOnly: options.isAppendOnly ?? false,
    isSyncedAlways: options.isSyncedAlways ?? false,
  };
  let port = 0;
  const startOnFreePort = async (attempt = 1): ReturnType<typeof startPrivateRedis> => {
    port = await freePort();
    try {
      return await startPrivateRedis(source, { ...settings, port });
    } catch (error) {
      // Test files run side by side, and another may have taken the port meanwhile.
      if (attempt === attemptsMax) throw error;
      return startOnFreePort(attempt + 1);
    }
  };
  let redis = await startOnFreePort();
  const cleanUp = (): void => {
    void redis.signal('SIGKILL');
    rmSync(directory, { recursive: true, force: true, maxRetries: 3 });
  };
  process.once('exit', cleanUp);

  return {
    url: redis.url,
    port,
    directory,
    get pid() {
      return redis.pid;
    },
    stop: async () => {
      process.off('exit', cleanUp);
      await redis.signal('SIGKILL');
      await redis.ended;
      rmSync(directory, { recursive: true, force: true, maxRetries: 3 });
    },
    kill: async () => {
      await redis.signal('SIGKILL');
      await redis.ended;
    },
    pause: () => redis.signal('SIGSTOP'),
    resume: () => redis.signal('SIGCONT'),
    restart: async () => {
      await redis.stop();
      redis = await startPrivateRedis(source, { ...settings, port });
    },
  };
}

/** A program that is the one found, with more arguments. */
function withArguments(source: RedisSource, directory: string, further: readonly string[]): RedisSource {
  if (further.length === 0) return source;
  if (source.kind === 'container') throw new Error('a container takes no further arguments');
  const command = join(directory, 'redis-server.sh');
  writeFileSync(command, `#!/bin/sh\nexec '${source.command}' "$@" ${further.join(' ')}\n`, { mode: 0o700 });
  return { ...source, command };
}
