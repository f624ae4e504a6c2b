/**
 * Brings the locked packages, Node 24 among them, with the pinned pnpm through npx.
 * A stamp beside the packages says what they were installed from, so that a second run needs no network.
 * Parses on Node 18. It changes nothing outside the checkout and npm's and pnpm's own caches.
 */
import { spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { withLock } from './lock.mjs';

export const root = dirname(dirname(dirname(fileURLToPath(import.meta.url))));
export const node24 = join(root, 'node_modules', 'node', 'bin', 'node');
const stampFile = join(root, 'node_modules', '.shoal-packages');
const nodeMajorMin = 18;

/** One sentence about what this machine lacks to begin with, or undefined. */
export function whatIsMissing(nodeVersion, platform) {
  if (Number(nodeVersion.split('.')[0]) < nodeMajorMin) {
    return `Shoal needs Node ${nodeMajorMin} or newer to set itself up, and this is Node ${nodeVersion}: see https://nodejs.org.`;
  }
  if (platform === 'win32') {
    return 'Shoal starts on Linux and macOS; on Windows, use it inside WSL or with Docker Compose.';
  }
  return undefined;
}

/** Folders with a package.json: the root and every workspace package. */
function packageFolders() {
  const folders = [root];
  for (const group of ['apps', 'packages']) {
    if (!existsSync(join(root, group))) continue;
    for (const name of readdirSync(join(root, group)).sort()) folders.push(join(root, group, name));
  }
  return folders.filter((folder) => existsSync(join(folder, 'package.json')));
}

/** What the installed packages depend on; a change of any of it calls for an installation. */
function currentStamp() {
  const hash = createHash('sha256').update(`${process.platform} ${process.arch}\n`);
  for (const name of ['pnpm-lock.yaml', 'pnpm-workspace.yaml']) hash.update(readFileSync(join(root, name)));
  for (const folder of packageFolders()) hash.update(readFileSync(join(folder, 'package.json')));
  return hash.digest('hex');
}

function areInstalled() {
  if (!existsSync(node24) || !existsSync(stampFile)) return false;
  if (readFileSync(stampFile, 'utf8') !== currentStamp()) return false;
  return packageFolders().every((folder) => {
    const { dependencies, devDependencies } = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8'));
    const needsAny = Object.keys({ ...dependencies, ...devDependencies }).length > 0;
    return !needsAny || existsSync(join(folder, 'node_modules'));
  });
}

/** Runs a command with its output kept back: it is noise unless the command fails. */
function runQuietly(command, args, env) {
  return new Promise((resolve) => {
    let output = '';
    const child = spawn(command, args, { cwd: root, env, stdio: ['ignore', 'pipe', 'pipe'] });
    const keep = (chunk) => {
      output += chunk.toString();
    };
    child.stdout.on('data', keep);
    child.stderr.on('data', keep);
    child.on('error', (error) => resolve({ code: 127, output: error.message }));
    child.on('close', (code) => resolve({ code: code ?? 1, output }));
  });
}

async function install() {
  const [manager, pnpmVersion] = JSON.parse(
    readFileSync(join(root, 'package.json'), 'utf8'),
  ).packageManager.split('@');
  console.log(
    `Setting up: installing the locked packages with ${manager} ${pnpmVersion} through npx (a minute the first time).`,
  );
  // npx brought the very version that package.json pins, so pnpm need not look for itself in the lock file.
  const env = { ...process.env, CI: 'true', pnpm_config_pm_on_fail: 'ignore' };
  // Node 24 and the build tools are development dependencies, and these two would leave those out.
  delete env.NODE_ENV;
  delete env.npm_config_omit;
  const { code, output } = await runQuietly(
    'npx',
    ['--yes', `${manager}@${pnpmVersion}`, 'install', '--frozen-lockfile'],
    env,
  );
  if (code === 127) {
    console.error(`Shoal needs npm's npx on the path to set itself up (${output.trim()}).`);
    return false;
  }
  if (code !== 0 || !existsSync(node24)) {
    console.error(output.trimEnd());
    console.error(
      `Installing the packages failed (exit code ${code}); the lines above say why. It needs the package registry that npm is set to.`,
    );
    return false;
  }
  writeFileSync(stampFile, currentStamp());
  return true;
}

/** True when the packages are there; otherwise it has said why they are not. */
export function ensurePackages() {
  if (areInstalled()) return Promise.resolve(true);
  mkdirSync(join(root, '.data'), { recursive: true });
  return withLock(join(root, '.data', 'setup.lock'), async () => {
    if (areInstalled()) return true;
    rmSync(stampFile, { force: true });
    return install();
  });
}
