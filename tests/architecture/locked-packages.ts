/**
 * What the lock file says is shipped: every package that runs in production or is built into the page, on any platform,
 * reached from the workspace's own packages. Read by hand, so that what a tool says of it can be compared.
 */
import { existsSync, readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { parse } from 'yaml';
import { repository } from '../support/service-process.ts';
import type { Project } from './project.ts';

export interface LockedPackage {
  readonly name: string;
  readonly version: string;
  /** As in the lock file: `sha512-` and base64. */
  readonly integrity: string;
}

interface Importer {
  readonly dependencies?: Readonly<Record<string, { readonly version: string }>>;
  readonly optionalDependencies?: Readonly<Record<string, { readonly version: string }>>;
}

interface Snapshot {
  readonly dependencies?: Readonly<Record<string, string>>;
  readonly optionalDependencies?: Readonly<Record<string, string>>;
}

interface LockFile {
  readonly importers: Readonly<Record<string, Importer>>;
  readonly snapshots: Readonly<Record<string, Snapshot | null>>;
  readonly packages: Readonly<
    Record<
      string,
      {
        readonly resolution: { readonly integrity: string };
        readonly peerDependencies?: Readonly<Record<string, string>>;
      }
    >
  >;
}

export function shippedPackages(project: Project): readonly LockedPackage[] {
  const lock = parse(project.read('pnpm-lock.yaml')) as LockFile;
  const found = new Set<string>();
  const visit = (name: string, version: string): void => {
    // A package of the workspace is an importer itself. An alias names the package that it stands for.
    if (version.startsWith('link:')) return;
    const key = lock.snapshots[version] === undefined ? `${name}@${version}` : version;
    if (found.has(key)) return;
    found.add(key);
    const { dependencies, optionalDependencies } = lock.snapshots[key] ?? {};
    // A peer is there because of somebody else, or it is not there.
    const { peerDependencies = {} } = lock.packages[withoutPeers(key)]!;
    for (const [next, itsVersion] of Object.entries({ ...dependencies, ...optionalDependencies })) {
      if (!Object.hasOwn(peerDependencies, next)) visit(next, itsVersion);
    }
  };
  for (const { dependencies, optionalDependencies } of Object.values(lock.importers)) {
    for (const [name, { version }] of Object.entries({ ...dependencies, ...optionalDependencies })) {
      visit(name, version);
    }
  }
  const keys = new Set([...found].map(withoutPeers));
  return [...keys].map((key) => {
    const split = key.lastIndexOf('@');
    const { integrity } = lock.packages[key]!.resolution;
    return { name: key.slice(0, split), version: key.slice(split + 1), integrity };
  });
}

/** Peers stand in brackets: the same files in another company. */
const withoutPeers = (key: string): string => key.replace(/\(.*$/, '');

/** From the package's own file; undefined where it is for another platform, and so not installed here. */
export function licenseOf({ name, version }: LockedPackage): string | undefined {
  const store = join(repository, 'node_modules', '.pnpm');
  const wanted = `${name.replace('/', '+')}@${version}`;
  const folder = readdirSync(store).find((entry) => entry === wanted || entry.startsWith(`${wanted}_`));
  if (folder === undefined) return undefined;
  const file = join(store, folder, 'node_modules', name, 'package.json');
  if (!existsSync(file)) return undefined;
  const { license } = JSON.parse(readFileSync(file, 'utf8')) as { license?: string };
  return license ?? 'none';
}
