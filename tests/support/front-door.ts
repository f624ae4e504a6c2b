/**
 * A real Traefik in front of gateways, started by `traefik/start.sh` as its container would. Where there is none (neither
 * TRAEFIK_BIN nor `traefik` on the PATH) tests skip by name.
 */
import { execFileSync, spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { freePort } from '../../scripts/redis/ports.ts';
import { rawRequest } from './raw-request.ts';
import { repository } from './service-process.ts';
import { waitFor } from './wait-for.ts';

export function findTraefik(): string | undefined {
  const given = process.env['TRAEFIK_BIN'];
  if (given !== undefined && given !== '') return given;
  try {
    return execFileSync('sh', ['-c', 'command -v traefik'], { encoding: 'utf8' }).trim();
  } catch {
    return undefined;
  }
}

export interface AccessLine {
  readonly RequestPath: string;
  readonly DownstreamStatus: number;
  readonly [field: string]: unknown;
}

export interface FrontDoor {
  readonly url: string;
  readonly tlsUrl: string;
  readonly tlsPort: number;
  readonly accessLog: readonly AccessLine[];
  readonly text: string;
  /** Resolves to the exit status, null after a signal. */
  ended(): Promise<number | null>;
  healthCheck(): number;
  signal(signal: NodeJS.Signals): void;
  stop(): Promise<void>;
}

const standIn = '#!/bin/sh\nprintf "%s\\n" "$@"\n';

/** What start.sh says and would give to Traefik, with a stand-in that only prints its arguments. */
export async function startLines(env: Readonly<Record<string, string>>): Promise<{
  readonly status: number;
  readonly flags: Readonly<Record<string, string>>;
  readonly said: string;
}> {
  const folder = await mkdtemp(path.join(tmpdir(), 'shoal-front-door-'));
  await writeFile(path.join(folder, 'traefik'), standIn, { mode: 0o700 });
  const child = spawnStart(folder, env);
  let [out, said] = ['', ''];
  child.stdout?.on('data', (chunk: Buffer) => (out += chunk.toString()));
  child.stderr?.on('data', (chunk: Buffer) => (said += chunk.toString()));
  const [status] = (await once(child, 'close')) as [number];
  await rm(folder, { recursive: true, force: true });
  const flags = out
    .trim()
    .split('\n')
    .map((line) => line.replace(/^--/, '').split(/=(.*)/s, 2) as [string, string]);
  return { status, flags: Object.fromEntries(flags), said };
}

interface FrontDoorOptions {
  readonly readyAt?: string;
  readonly host?: string;
  readonly port?: number;
  readonly tlsPort?: number;
}

export async function startFrontDoor(
  gatewayUrl: string,
  env: Readonly<Record<string, string>> = {},
  { readyAt = '/readyz', host = 'localhost', ...given }: FrontDoorOptions = {},
): Promise<FrontDoor> {
  const folder = await mkdtemp(path.join(tmpdir(), 'shoal-front-door-'));
  const { port = await freePort(), tlsPort = await freePort() } = given;
  const pingPort = await freePort();
  await symlink(findTraefik()!, path.join(folder, 'traefik'));
  const addresses = {
    WEB_ADDRESS: `127.0.0.1:${port}`,
    WEBSECURE_ADDRESS: `127.0.0.1:${tlsPort}`,
    PING_ADDRESS: `127.0.0.1:${pingPort}`,
    SHOAL_TLS_PORT: String(tlsPort),
    GATEWAY_URL: gatewayUrl,
  };
  const child = spawnStart(folder, { ...addresses, ...env });
  const lines: AccessLine[] = [];
  let [text, rest] = ['', ''];
  child.stdout?.on('data', (chunk: Buffer) => {
    text += chunk.toString();
    const parts = (rest + chunk.toString()).split('\n');
    rest = parts.pop() ?? '';
    for (const part of parts)
      if (part.includes('"DownstreamStatus"')) lines.push(JSON.parse(part) as AccessLine);
  });
  child.stderr?.on('data', (chunk: Buffer) => (text += chunk.toString()));
  const exit = once(child, 'exit') as Promise<[number | null]>;
  const killWithTests = (): void => void child.kill('SIGKILL');
  process.once('exit', killWithTests);

  const door: FrontDoor = {
    url: `http://127.0.0.1:${port}`,
    tlsUrl: `https://127.0.0.1:${tlsPort}`,
    tlsPort,
    accessLog: lines,
    get text() {
      return text;
    },
    ended: async () => (await exit)[0],
    healthCheck() {
      try {
        execFileSync('sh', [path.join(repository, 'traefik/healthy.sh')], {
          env: startEnvironment(folder, { ...addresses, ...env }),
          stdio: 'ignore',
        });
        return 0;
      } catch (error) {
        return (error as { status: number }).status;
      }
    },
    signal: (signal) => void child.kill(signal),
    async stop() {
      process.off('exit', killWithTests);
      child.kill('SIGKILL');
      if (child.exitCode === null && child.signalCode === null) await exit;
      await rm(folder, { recursive: true, force: true });
    },
  };
  // Its ping says yes before the file with the rules was read.
  await waitFor('Traefik to route', async () => {
    if (child.exitCode !== null) return true;
    return (await rawRequest(door.url, { path: readyAt, headers: { host } })).status !== 404;
  }).catch(() => undefined);
  if (child.exitCode !== null) throw new Error(`the front door did not open: ${text}`);
  return door;
}

function startEnvironment(folder: string, env: Readonly<Record<string, string>>): Record<string, string> {
  return {
    PATH: `${folder}:${process.env['PATH'] ?? ''}`,
    CONFIGURATION_FOLDER: path.join(folder, 'configuration'),
    ACME_FOLDER: folder,
    DYNAMIC_FOLDER: path.join(folder, 'dynamic'),
    ...env,
  };
}

function spawnStart(folder: string, env: Readonly<Record<string, string>>): ChildProcess {
  return spawn('sh', [path.join(repository, 'traefik/start.sh')], {
    env: startEnvironment(folder, env),
    stdio: ['ignore', 'pipe', 'pipe'],
  });
}
