/**
 * The repository as the rules see it: paths from the root, with their text. A rule is a function from a project to the
 * violations it finds, so that the same rule can be shown a project with a violation planted in it.
 */
import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { repository } from '../support/service-process.ts';

export interface Project {
  /** Every file that is, or would be, under version control; sorted. */
  readonly paths: readonly string[];
  has(path: string): boolean;
  /** The text of a file that the project has. */
  read(path: string): string;
}

/** One sentence each, beginning with the place. */
export type Rule = (project: Project) => readonly string[];

const binary = /\.(?:png|jpe?g|webp|gif|tiff?|avif|onnx|ico)$/;

function readRepository(): Project {
  const texts = new Map<string, string>();
  const paths = listPaths().filter((path) => existsSync(join(repository, path)));
  const known = new Set(paths);
  return {
    paths: [...known].sort(),
    has: (path) => known.has(path),
    read(path) {
      let text = texts.get(path);
      if (text === undefined) texts.set(path, (text = readFileSync(join(repository, path), 'utf8')));
      return text;
    },
  };
}

function listPaths(): string[] {
  try {
    return execFileSync('git', ['ls-files', '--cached', '--others', '--exclude-standard'], {
      cwd: repository,
      encoding: 'utf8',
      stdio: ['ignore', 'pipe', 'ignore'],
    })
      .trim()
      .split('\n');
  } catch {
    // A downloaded archive is no clone: everything but what is built or installed is looked at.
    return walk('');
  }
}

function walk(folder: string): string[] {
  const left = new Set(['.git', 'node_modules', 'dist', '.data', 'coverage']);
  return readdirSync(join(repository, folder), { withFileTypes: true })
    .filter(({ name }) => !left.has(name))
    .flatMap((entry) => {
      const path = folder === '' ? entry.name : `${folder}/${entry.name}`;
      return entry.isDirectory() ? walk(path) : [path];
    });
}

export const project: Project = readRepository();

/** The project with files added or replaced: what a rule must be able to notice. */
export function withFiles(base: Project, files: Readonly<Record<string, string>>): Project {
  const paths = [...new Set([...base.paths, ...Object.keys(files)])].sort();
  return {
    paths,
    has: (path) => path in files || base.has(path),
    read: (path) => files[path] ?? base.read(path),
  };
}

export const isText = (path: string): boolean => !binary.test(path);

/** What we wrote to be run, built or read by a browser. */
export const isSource = (path: string): boolean => /\.(?:ts|tsx|mjs|css)$/.test(path);

export const isCode = (path: string): boolean => /\.(?:ts|tsx|mjs)$/.test(path);

export const isTest = (path: string): boolean => /\.test\.tsx?$/.test(path);

/** Tests and what only they use: excepted from rules about what runs in earnest. */
export const isForTests = (path: string): boolean =>
  isTest(path) ||
  path.startsWith('tests/') ||
  /^(?:apps|packages)\/[^/]+\/src\/(?:.+\/)?(?:testing\/.+|test-[^/]+)\.ts$/.test(path);

/** Settings of a tool, which the tool finds by its name. */
export const isToolConfig = (path: string): boolean => /(?:^|\/)[a-z0-9-]+\.config\.ts$/.test(path);

export interface PackageJson {
  readonly name: string;
  readonly scripts?: Readonly<Record<string, string>>;
  readonly exports?: Readonly<Record<string, string>>;
  readonly dependencies?: Readonly<Record<string, string>>;
  readonly devDependencies?: Readonly<Record<string, string>>;
}

const packages = new WeakMap<Project, ReadonlyMap<string, PackageJson>>();

/** The workspace's packages by folder; the root's folder is ''. */
export function packagesOf(base: Project): ReadonlyMap<string, PackageJson> {
  const known = packages.get(base);
  if (known !== undefined) return known;
  const manifests = base.paths.filter((path) => /^(?:(?:apps|packages)\/[^/]+\/)?package\.json$/.test(path));
  const found = new Map(
    manifests.map((path) => [
      path.slice(0, Math.max(0, path.length - '/package.json'.length)),
      JSON.parse(base.read(path)) as PackageJson,
    ]),
  );
  packages.set(base, found);
  return found;
}

/** The folder of the package that a file belongs to. */
export function packageFolderOf(path: string): string {
  return /^(?:apps|packages)\/[^/]+(?=\/)/.exec(path)?.[0] ?? '';
}
