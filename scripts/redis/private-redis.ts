/**
 * Starts one Redis that belongs to this process: own port on 127.0.0.1, own folder, a password in a file that only this
 * user reads. On Linux the kernel ends it when its starter dies, however that happens.
 * It never touches a Redis that it did not start.
 */
import { execFile, execFileSync, spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { pingRedis } from './ping.ts';
import { redisEnvironment } from './redis-source.ts';
import type { RedisSource } from './redis-source.ts';

const run = promisify(execFile);

export interface PrivateRedisSettings {
  /** Holds the configuration, the log and the data; made when absent. */
  readonly directory: string;
  readonly port: number;
  readonly password: string | undefined;
  readonly memoryBytesMax: number;
  readonly isAppendOnly: boolean;
  /** The file is written to the disk before each reply, instead of once a second. */
  readonly isSyncedAlways?: boolean;
}

export interface PrivateRedis {
  readonly url: string;
  /** Of the server, or of the Docker client in front of it. */
  readonly pid: number;
  /** Settles when the process is gone, with how it ended. */
  readonly ended: Promise<{ readonly code: number | null; readonly signal: NodeJS.Signals | null }>;
  /** STOP and CONT pause and resume; TERM lets it write what it holds. */
  readonly signal: (signal: 'SIGTERM' | 'SIGKILL' | 'SIGSTOP' | 'SIGCONT') => Promise<void>;
  /** SIGTERM, then after `graceMs` SIGKILL; resolves when it is gone. */
  readonly stop: (graceMs?: number) => Promise<void>;
}

/** Reading a full append-only file takes a while. */
const readyWithinMs = 120_000;
const pollMs = 20;

/** The text of redis.conf. A container listens on all of its own addresses; it is published on 127.0.0.1 only. */
export function redisConfiguration(settings: PrivateRedisSettings, isContainer: boolean): string {
  const lines = [
    `bind ${isContainer ? '0.0.0.0' : '127.0.0.1'}`,
    `protected-mode ${isContainer ? 'no' : 'yes'}`,
    `port ${settings.port}`,
    `dir "${settings.directory}"`,
    `logfile "${logFile(settings)}"`,
    `appendonly ${settings.isAppendOnly ? 'yes' : 'no'}`,
    // Each picture is written once and soon gone: below this, rewriting the file costs more than the room that it gives back.
    'auto-aof-rewrite-min-size 512mb',
    `appendfsync ${settings.isSyncedAlways === true ? 'always' : 'everysec'}`,
    'save ""',
    `maxmemory ${settings.memoryBytesMax}`,
    // Redis that evicts would lose queued work without a word; full, it refuses, and the gateway says so.
    'maxmemory-policy noeviction',
    'daemonize no',
  ];
  if (settings.password !== undefined) lines.push(`requirepass ${settings.password}`);
  return `${lines.join('\n')}\n`;
}

function logFile(settings: PrivateRedisSettings): string {
  return join(settings.directory, 'redis.log');
}

let canTieToParent: boolean | undefined;

/**
 * `setpriv --pdeathsig` of util-linux makes the kernel send a signal when the starter dies. KILL, because a paused server
 * would sleep through any other; what it acknowledged is with the kernel by then, so nothing is lost.
 */
function tieToParent(command: string, args: readonly string[]): [string, string[]] {
  if (canTieToParent === undefined) {
    try {
      execFileSync('setpriv', ['--pdeathsig', 'KILL', 'true'], { stdio: 'ignore' });
      canTieToParent = true;
    } catch {
      canTieToParent = false;
    }
  }
  return canTieToParent ? ['setpriv', ['--pdeathsig', 'KILL', '--', command, ...args]] : [command, [...args]];
}

function spawnRedis(
  source: RedisSource,
  settings: PrivateRedisSettings,
  configuration: string,
): ChildProcess {
  const options = { detached: true, stdio: 'ignore', env: redisEnvironment(source) } as const;
  if (source.kind === 'program') return spawn(...tieToParent(source.command, [configuration]), options);
  const { directory, port } = settings;
  const user = `${process.getuid?.() ?? 0}:${process.getgid?.() ?? 0}`;
  const args = ['run', '--rm', '--name', containerName(settings), '--user', user];
  args.push('--publish', `127.0.0.1:${port}:${port}`, '--volume', `${directory}:${directory}`);
  return spawn('docker', [...args, source.image, 'redis-server', configuration], options);
}

/** One name for each data folder, so that a container which was left behind is found again. */
function containerName({ directory }: PrivateRedisSettings): string {
  return `shoal-redis-${createHash('sha256').update(directory).digest('hex').slice(0, 12)}`;
}

const dockerVerbs = {
  SIGTERM: ['kill', '--signal', 'TERM'],
  SIGKILL: ['kill'],
  SIGSTOP: ['pause'],
  SIGCONT: ['unpause'],
} as const;

async function sendSignal(
  source: RedisSource,
  settings: PrivateRedisSettings,
  child: ChildProcess,
  signal: keyof typeof dockerVerbs,
): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  if (source.kind === 'program') child.kill(signal);
  else await run('docker', [...dockerVerbs[signal], containerName(settings)]).catch(() => child.kill(signal));
}

function lastLogLines(settings: PrivateRedisSettings): string {
  try {
    return readFileSync(logFile(settings), 'utf8').trimEnd().split('\n').slice(-5).join('\n');
  } catch {
    return 'it wrote no log';
  }
}

/** Starts and waits until it takes commands. Throws with the end of its log when it does not come up. */
export async function startPrivateRedis(
  source: RedisSource,
  settings: PrivateRedisSettings,
): Promise<PrivateRedis> {
  mkdirSync(settings.directory, { recursive: true, mode: 0o700 });
  const configuration = join(settings.directory, 'redis.conf');
  writeFileSync(configuration, redisConfiguration(settings, source.kind === 'container'), { mode: 0o600 });
  if (source.kind === 'container') {
    await run('docker', ['rm', '--force', containerName(settings)]).catch(() => undefined);
  }
  const child = spawnRedis(source, settings, configuration);
  const ended: PrivateRedis['ended'] = new Promise((resolve) => {
    child.once('exit', (code, signal) => resolve({ code, signal }));
    child.once('error', () => resolve({ code: 1, signal: null }));
  });
  let hasEnded = false;
  void ended.then(() => (hasEnded = true));

  const deadline = performance.now() + readyWithinMs;
  while (!(await pingRedis(settings.port, settings.password))) {
    if (hasEnded || performance.now() > deadline) {
      if (!hasEnded) await sendSignal(source, settings, child, 'SIGKILL');
      throw new Error(`Redis did not start on port ${settings.port}:\n${lastLogLines(settings)}`);
    }
    await delay(pollMs);
  }

  const secret = settings.password === undefined ? '' : `:${settings.password}@`;
  const signal: PrivateRedis['signal'] = (name) => sendSignal(source, settings, child, name);
  return {
    url: `redis://${secret}127.0.0.1:${settings.port}/0`,
    pid: child.pid!,
    ended,
    signal,
    stop: async (graceMs = 10_000) => {
      await signal('SIGCONT');
      await signal('SIGTERM');
      await Promise.race([ended, delay(graceMs)]);
      if (!hasEnded) await signal('SIGKILL');
      await ended;
    },
  };
}

function delay(ms: number): Promise<void> {
  return new Promise((resolve) => {
    setTimeout(resolve, ms);
  });
}
