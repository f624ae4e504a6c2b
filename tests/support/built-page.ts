/**
 * The page as it is built from the present sources. Test files run side by side and gateways serve one folder, so a build
 * goes elsewhere first and replaces only what is different, a file at a time.
 */
import { execFile } from 'node:child_process';
import { mkdir, mkdtemp, readdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { promisify } from 'node:util';
import { repository } from './service-process.ts';

const web = path.join(repository, 'apps/web');

/** Resolves to the folder that gateways serve. */
export async function buildPage(): Promise<string> {
  const served = path.join(web, 'dist');
  const fresh = await mkdtemp(path.join(tmpdir(), 'shoal-page-'));
  try {
    const vite = path.join(web, 'node_modules/vite/bin/vite.js');
    const args = ['build', '--outDir', fresh, '--emptyOutDir', '--logLevel', 'error'];
    await promisify(execFile)(process.execPath, [vite, ...args], { cwd: web });
    const built = await filesIn(fresh);
    for (const name of built) await replace(path.join(fresh, name), path.join(served, name));
    for (const name of await filesIn(served)) {
      if (!built.includes(name)) await rm(path.join(served, name), { force: true });
    }
    return served;
  } finally {
    await rm(fresh, { recursive: true, force: true });
  }
}

export async function filesIn(folder: string): Promise<readonly string[]> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true }).catch(() => []);
  return entries
    .filter((entry) => entry.isFile() && !entry.name.endsWith('.part'))
    .map((entry) => path.relative(folder, path.join(entry.parentPath, entry.name)));
}

async function replace(source: string, target: string): Promise<void> {
  const bytes = await readFile(source);
  const there = await readFile(target).catch(() => undefined);
  if (there?.equals(bytes)) return;
  await mkdir(path.dirname(target), { recursive: true });
  // By its name only whole: somebody may be reading it.
  const part = `${target}.${process.pid}.part`;
  await writeFile(part, bytes);
  await rename(part, target);
}
