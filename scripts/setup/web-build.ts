/**
 * Builds the page of `apps/web` when its sources changed since the last build, and only then.
 * The gateway serves the result; it never builds. Refuses to guess: without the page's sources there is nothing to do.
 */
import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';

const run = promisify(execFile);

/** A hash over the names and contents of all files below `folder` that are not built or installed. */
export function hashSources(folder: string): string {
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
  visit(folder, '');
  return hash.digest('hex');
}

/** Builds when needed. Throws with the build's own output when it fails. */
export async function ensureWebBuild(root: string, say: (line: string) => void): Promise<void> {
  const web = join(root, 'apps', 'web');
  if (!existsSync(join(web, 'index.html'))) return;
  const stampFile = join(root, '.data', 'web-build');
  const stamp = hashSources(web);
  const isBuilt = existsSync(join(web, 'dist', 'index.html')) && existsSync(stampFile);
  if (isBuilt && readFileSync(stampFile, 'utf8') === stamp) return;
  say('Setting up: building the page.');
  try {
    // Through the package's own script, so that what is built here is what `pnpm build` builds.
    const scripts = (
      JSON.parse(readFileSync(join(web, 'package.json'), 'utf8')) as { scripts: { build: string } }
    ).scripts;
    await run('sh', ['-c', scripts.build], {
      cwd: web,
      env: {
        ...process.env,
        NODE_ENV: 'production',
        PATH: `${join(web, 'node_modules', '.bin')}:${process.env['PATH']}`,
      },
    });
  } catch (error) {
    const { stdout = '', stderr = '' } = error as { stdout?: string; stderr?: string };
    throw new Error(`Building the page failed:\n${stdout}${stderr}`.trimEnd(), { cause: error });
  }
  mkdirSync(join(root, '.data'), { recursive: true });
  writeFileSync(stampFile, stamp);
}
