/**
 * Builds what a gateway serves to people, the page and the command line, when their sources changed since the last build, and
 * only then. The gateway never builds. Refuses to guess: without the sources there is nothing to do.
 */
import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { promisify } from 'node:util';

const run = promisify(execFile);

interface Build {
  readonly what: string;
  /** The app's folder, whose `package.json` says how it is built. */
  readonly app: string;
  /** Without it there is nothing to build. */
  readonly entry: string;
  readonly product: string;
}

const page: Build = { what: 'the page', app: 'apps/web', entry: 'index.html', product: 'dist/index.html' };
const program: Build = {
  what: 'the command line',
  app: 'apps/cli',
  entry: 'src/main.ts',
  product: 'dist/shoal.mjs',
};

/** What apps for people are built from, besides themselves. */
const packages = ['client', 'formats', 'vision'].map((name) => join('packages', name));

/** A hash over the names and contents of all files below the folders that are not built or installed. */
function hashSources(folders: readonly string[]): string {
  const hash = createHash('sha256');
  const visit = (path: string, name: string): void => {
    for (const entry of readdirSync(path, { withFileTypes: true }).toSorted((a, b) =>
      a.name < b.name ? -1 : 1,
    )) {
      if (entry.name === 'node_modules' || entry.name === 'dist') continue;
      const entryName = `${name}/${entry.name}`;
      if (entry.isDirectory()) visit(join(path, entry.name), entryName);
      else hash.update(`${entryName}\n`).update(readFileSync(join(path, entry.name)));
    }
  };
  for (const folder of folders) if (existsSync(folder)) visit(folder, basename(folder));
  return hash.digest('hex');
}

/** Builds the page when needed. Throws with the build's own output when it fails. */
export function ensureWebBuild(root: string, say: (line: string) => void): Promise<void> {
  return ensureBuild(root, page, say);
}

/** The same for the command line. */
export function ensureProgramBuild(root: string, say: (line: string) => void): Promise<void> {
  return ensureBuild(root, program, say);
}

async function ensureBuild(
  root: string,
  { what, app, entry, product }: Build,
  say: (line: string) => void,
): Promise<void> {
  const folder = join(root, app);
  if (!existsSync(join(folder, entry))) return;
  const stampFile = join(root, '.data', `${basename(app)}-build`);
  const stamp = hashSources([folder, ...packages.map((name) => join(root, name))]);
  const isBuilt = existsSync(join(folder, product)) && existsSync(stampFile);
  if (isBuilt && readFileSync(stampFile, 'utf8') === stamp) return;
  say(`Setting up: building ${what}.`);
  try {
    // Through the package's own script, so that what is built here is what `pnpm build` builds.
    const scripts = (
      JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8')) as { scripts: { build: string } }
    ).scripts;
    const tools = [folder, root].map((place) => join(place, 'node_modules', '.bin'));
    await run('sh', ['-c', scripts.build], {
      cwd: folder,
      env: {
        ...process.env,
        NODE_ENV: 'production',
        PATH: [...tools, process.env['PATH']].join(':'),
      },
    });
  } catch (error) {
    const { stdout = '', stderr = '' } = error as { stdout?: string; stderr?: string };
    throw new Error(`Building ${what} failed:\n${stdout}${stderr}`.trimEnd(), { cause: error });
  }
  mkdirSync(join(root, '.data'), { recursive: true });
  writeFileSync(stampFile, stamp);
}
