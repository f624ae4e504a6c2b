/**
 * Finds a Redis that this project may start for itself, in a fixed order: on the path, fetched earlier, fetched now
 * from Debian or Ubuntu without root, Homebrew, a container. Whatever costs network or changes the machine is said first.
 * It starts nothing; `private-redis.ts` does.
 */
import { execFile } from 'node:child_process';
import { accessSync, constants } from 'node:fs';
import { delimiter, join } from 'node:path';
import { promisify } from 'node:util';
import { fetchRedisPackage, readFetchedRedis } from './fetch-debian.ts';
import { redisEnvironment } from './redis-source.ts';
import type { RedisProgram, RedisSource, Say } from './redis-source.ts';

const run = promisify(execFile);

/** The queue library asks for at least this version of Redis; Valkey forked later, so all of its versions do. */
const versionMin = [6, 2] as const;
const containerImage = 'redis:8-bookworm';
const programs = ['redis-server', 'valkey-server'] as const;

export const noRedisMessage = [
  'Shoal found no Redis.',
  'Any one of these helps: set REDIS_URL to a Redis you have (npm start only), install redis-server or valkey-server,',
  'use Debian or Ubuntu (it is fetched without root), install Homebrew, or start Docker.',
].join(' ');

/** The full path of an executable of that name, the first on `path`. */
export function findOnPath(name: string, path = process.env['PATH'] ?? ''): string | undefined {
  for (const folder of path.split(delimiter)) {
    if (folder === '') continue;
    const file = join(folder, name);
    try {
      accessSync(file, constants.X_OK);
      return file;
    } catch {
      // Not in this folder.
    }
  }
  return undefined;
}

/** Reads `v=7.0.15` out of what `redis-server --version` prints; undefined for anything else. */
export function isRecentEnough(versionLine: string): boolean | undefined {
  const match = /\bv=(\d+)\.(\d+)/.exec(versionLine);
  if (match === null) return undefined;
  const [major, minor] = [Number(match[1]), Number(match[2])];
  return major > versionMin[0] || (major === versionMin[0] && minor >= versionMin[1]);
}

async function isUsable(source: RedisProgram, say: Say): Promise<boolean> {
  try {
    const { stdout } = await run(source.command, ['--version'], { env: redisEnvironment(source) });
    if (isRecentEnough(stdout) === true) return true;
    say(
      `${source.command} is not used: it says "${stdout.trim()}", and ${versionMin.join('.')} or newer is needed.`,
    );
  } catch (error) {
    say(`${source.command} is not used: ${(error as Error).message.trim()}`);
  }
  return false;
}

async function fromPath(say: Say): Promise<RedisSource | undefined> {
  for (const name of programs) {
    const command = findOnPath(name);
    if (command === undefined) continue;
    const source = { kind: 'program', command } as const;
    if (await isUsable(source, say)) return source;
  }
  return undefined;
}

async function fromDebian(dataDirectory: string, say: Say): Promise<RedisSource | undefined> {
  const earlier = readFetchedRedis(dataDirectory);
  if (earlier !== undefined && (await isUsable(earlier, say))) return earlier;
  if (findOnPath('apt-get') === undefined || findOnPath('dpkg') === undefined) return undefined;
  for (const name of programs) {
    try {
      const source = await fetchRedisPackage(dataDirectory, name, say);
      if (await isUsable(source, say)) return source;
    } catch (error) {
      say(`Fetching ${name} failed: ${(error as Error).message.trim()}`);
    }
  }
  return undefined;
}

async function fromHomebrew(say: Say): Promise<RedisSource | undefined> {
  if (findOnPath('brew') === undefined) return undefined;
  say('Setting up: installing Redis with Homebrew (brew install redis).');
  try {
    await run('brew', ['install', 'redis']);
    const { stdout } = await run('brew', ['--prefix', 'redis']);
    const source = { kind: 'program', command: join(stdout.trim(), 'bin', 'redis-server') } as const;
    return (await isUsable(source, say)) ? source : undefined;
  } catch (error) {
    say(`Homebrew did not bring Redis: ${(error as Error).message.trim()}`);
    return undefined;
  }
}

async function fromDocker(say: Say): Promise<RedisSource | undefined> {
  if (findOnPath('docker') === undefined) return undefined;
  try {
    await run('docker', ['version', '--format', '{{.Server.Version}}']);
  } catch {
    say('Docker is installed but its engine does not answer.');
    return undefined;
  }
  try {
    await run('docker', ['image', 'inspect', containerImage]);
  } catch {
    say(`Setting up: pulling the Redis image ${containerImage} with Docker.`);
    try {
      await run('docker', ['pull', '--quiet', containerImage]);
    } catch (error) {
      say(`Docker did not bring Redis: ${(error as Error).message.trim()}`);
      return undefined;
    }
  }
  return { kind: 'container', image: containerImage };
}

/**
 * The first way that works. `dataDirectory` is where a fetched package lies.
 * Throws one sentence that names the ways when there is none.
 */
export async function findRedis(dataDirectory: string, say: Say): Promise<RedisSource> {
  const source =
    (await fromPath(say)) ??
    (await fromDebian(dataDirectory, say)) ??
    (await fromHomebrew(say)) ??
    (await fromDocker(say));
  if (source === undefined) throw new Error(noRedisMessage);
  return source;
}
