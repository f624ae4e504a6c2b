/**
 * Fetches Redis from the machine's own Debian or Ubuntu archive without root and without installing it: apt-get says
 * which packages are missing, downloads them, and dpkg unpacks them below the data directory.
 * apt's lists and caches are kept there as well, so the machine's own package state stays as it is.
 */
import { execFile } from 'node:child_process';
import { existsSync, mkdirSync, readdirSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import type { RedisProgram, Say } from './redis-source.ts';

const run = promisify(execFile);
const programNames = ['redis-server', 'valkey-server'];

/** The package of an earlier run, or undefined. */
export function readFetchedRedis(dataDirectory: string): RedisProgram | undefined {
  return describePackage(join(dataDirectory, 'redis-package'));
}

function describePackage(folder: string): RedisProgram | undefined {
  const command = programNames
    .map((name) => join(folder, 'usr', 'bin', name))
    .find((file) => existsSync(file));
  if (command === undefined) return undefined;
  const libraryFolders = new Set<string>();
  for (const name of readdirSync(folder, { recursive: true, encoding: 'utf8' })) {
    if (/\.so(\.\d+)*$/.test(name)) libraryFolders.add(join(folder, dirname(name)));
  }
  if (libraryFolders.size === 0) return { kind: 'program', command };
  return { kind: 'program', command, libraryPath: [...libraryFolders].join(':') };
}

/** The names of the packages that a simulated installation would add: `Inst name (version …)`. */
export function readSimulation(output: string): string[] {
  return [...output.matchAll(/^Inst (\S+)/gm)].map((match) => match[1]!);
}

interface Apt {
  readonly get: (args: readonly string[], cwd: string) => Promise<string>;
}

function aptWith(configuration: string): Apt {
  return {
    get: async (args, cwd) =>
      (await run('apt-get', ['-c', configuration, '-q', ...args], { cwd, maxBuffer: 1 << 26 })).stdout,
  };
}

/** `#clear` takes out hooks of the machine that touch its own caches after an update. */
function writeConfiguration(folder: string, hasOwnLists: boolean): string {
  mkdirSync(join(folder, 'lists', 'partial'), { recursive: true });
  mkdirSync(join(folder, 'cache', 'archives', 'partial'), { recursive: true });
  const lines = [
    `Dir::Cache "${join(folder, 'cache')}";`,
    'Debug::NoLocking "1";',
    'APT::Install-Recommends "0";',
    'Acquire::Languages "none";',
    '#clear APT::Update::Post-Invoke;',
    '#clear APT::Update::Post-Invoke-Success;',
    // Run by root, apt would drop to a user that may not be allowed into this folder.
    'APT::Sandbox::User "root";',
  ];
  if (hasOwnLists) lines.push(`Dir::State::lists "${join(folder, 'lists')}";`);
  const file = join(folder, hasOwnLists ? 'own-lists.conf' : 'machine-lists.conf');
  writeFileSync(file, `${lines.join('\n')}\n`);
  return file;
}

async function download(apt: Apt, packageName: string, folder: string): Promise<void> {
  const missing = readSimulation(await apt.get(['-s', 'install', packageName], folder));
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(folder, { recursive: true });
  await apt.get(['download', ...(missing.includes(packageName) ? missing : [packageName])], folder);
}

/** Fetches and unpacks `packageName` with every library that the machine lacks. Throws what apt-get said. */
export async function fetchRedisPackage(
  dataDirectory: string,
  packageName: string,
  say: Say,
): Promise<RedisProgram> {
  const aptFolder = join(dataDirectory, 'apt');
  const debs = join(aptFolder, 'debs');
  mkdirSync(debs, { recursive: true });
  say(
    `Setting up: fetching ${packageName} with apt-get download into ${aptFolder} (no root, nothing is installed).`,
  );
  try {
    await download(aptWith(writeConfiguration(aptFolder, false)), packageName, debs);
  } catch {
    // A bare machine has no package lists, and old lists name files that are gone.
    say('Setting up: fetching package lists first (kept in the same folder).');
    const apt = aptWith(writeConfiguration(aptFolder, true));
    await apt.get(['update'], aptFolder);
    await download(apt, packageName, debs);
  }
  const partial = join(dataDirectory, 'redis-package.partial');
  const complete = join(dataDirectory, 'redis-package');
  rmSync(partial, { recursive: true, force: true });
  for (const deb of readdirSync(debs)) await run('dpkg', ['-x', join(debs, deb), partial]);
  if (describePackage(partial) === undefined)
    throw new Error(`${packageName} holds none of ${programNames.join(', ')}`);
  rmSync(complete, { recursive: true, force: true });
  renameSync(partial, complete);
  rmSync(aptFolder, { recursive: true, force: true });
  return describePackage(complete)!;
}
