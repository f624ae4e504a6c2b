/**
 * One file with all that a machine without a network needs: images, models, Compose files, and how to load them;
 * `npm run bundle`. Arguments are Compose files, for overlays; `--out` names the file. It builds and pulls what is
 * missing here, and refuses when something of it cannot be had.
 */
import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmodSync, cpSync, createWriteStream, existsSync, mkdirSync, rmSync, statSync } from 'node:fs';
import { basename, dirname, join, resolve } from 'node:path';
import { Transform } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { parseArgs } from 'node:util';
import { createGzip } from 'node:zlib';
import { composeImages, docker, dockerAloud, imageBytes, megabytes, root } from './compose-images.ts';
import { parseImageReference, taggedName } from './image-reference.ts';

const { values, positionals: files } = parseArgs({
  allowPositionals: true,
  options: { out: { type: 'string', default: 'shoal-bundle.tar' } },
});
const out = resolve(values.out);
const staging = join(dirname(out), `.${basename(out)}.parts`);
const folder = join(staging, 'shoal');

/** Everything beside images and models, as it lies in the checkout; what is not there is left out. */
const companions = ['.env.example', 'LICENSE', 'traefik', 'observability'];

/** Certificates and keys lie there, and a bundle is handed around. */
const isPrivate = (path: string): boolean =>
  dirname(path) === join(root, 'traefik', 'configuration') && basename(path) !== 'README.md';

function bringImages(): readonly string[] {
  const chosen = files.flatMap((file) => ['-f', file]);
  dockerAloud('compose', ...chosen, 'build');
  const images = composeImages(files);
  for (const { name, target } of images) {
    if (target === undefined && imageBytes(name) === undefined) dockerAloud('pull', name);
  }
  return images.map(({ name }) => withoutDigest(name));
}

/** An archive of images keeps tags and no digests: what is pinned here goes along under its tag. */
function withoutDigest(image: string): string {
  const reference = parseImageReference(image);
  if (reference?.digest === undefined) return image;
  const tagged = taggedName(reference);
  docker('tag', image, tagged);
  return tagged;
}

async function saveImages(images: readonly string[], file: string): Promise<void> {
  const total = images.reduce((sum, image) => sum + (imageBytes(image) ?? 0), 0);
  console.log(`Packing ${images.length} images, at most ${megabytes(total)}:\n  ${images.join('\n  ')}`);
  const child = spawn('docker', ['save', ...images], { stdio: ['ignore', 'pipe', 'inherit'] });
  const ended = once(child, 'exit') as Promise<[number | null]>;
  let bytes = 0;
  const counter = new Transform({
    transform(chunk: Buffer, _encoding, done) {
      bytes += chunk.length;
      done(null, chunk);
    },
  });
  const progress = setInterval(() => console.log(`  ${megabytes(bytes)} read`), 2_000);
  try {
    await pipeline(child.stdout, counter, createGzip({ level: 1 }), createWriteStream(file));
  } finally {
    clearInterval(progress);
  }
  const [code] = await ended;
  if (code !== 0) throw new Error(`docker save failed (exit code ${code})`);
  console.log(`  ${megabytes(bytes)} read, ${megabytes(statSync(file).size)} written`);
}

function copyFiles(): void {
  const composeFiles = files.length > 0 ? files : ['docker-compose.yml'];
  for (const name of [...composeFiles, ...companions]) {
    if (!existsSync(join(root, name))) continue;
    cpSync(join(root, name), join(folder, name), { recursive: true, filter: (path) => !isPrivate(path) });
  }
  const models = resolve(root, process.env['MODELS_DIR'] || 'models');
  console.log(`Copying the models of ${models}`);
  cpSync(models, join(folder, 'models'), { recursive: true, dereference: true });
  for (const name of ['README.md', 'load.sh']) {
    cpSync(join(root, 'scripts/images/bundle', name), join(folder, name));
  }
  chmodSync(join(folder, 'load.sh'), 0o755);
}

try {
  docker('version');
  rmSync(staging, { recursive: true, force: true });
  mkdirSync(folder, { recursive: true });
  await saveImages(bringImages(), join(folder, 'images.tar.gz'));
  copyFiles();
  console.log('Putting everything into one file');
  execFileSync('tar', ['-cf', out, '-C', staging, 'shoal'], { stdio: 'inherit' });
  console.log(`${out}: ${megabytes(statSync(out).size)}`);
} finally {
  rmSync(staging, { recursive: true, force: true });
}
