/**
 * Builds the services to `apps/<app>/dist/main.js`; `npm run build` runs it after the page. First-party code is bundled
 * and its types are stripped; every package of a registry stays an import, so that the images install it from the lock
 * file. `--out FOLDER` puts the same tree elsewhere. It checks no types and installs nothing.
 */
import { existsSync, readdirSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { rolldown } from 'rolldown';

const root = dirname(dirname(fileURLToPath(import.meta.url)));

const { out } = parseArgs({ options: { out: { type: 'string', default: root } } }).values;

/** Apps with a main file: the services, and not the page. */
const services = readdirSync(join(root, 'apps')).filter((name) =>
  existsSync(join(root, 'apps', name, 'src', 'main.ts')),
);

const isOurs = (specifier: string): boolean => /^(?:[./]|@shoal\/)/.test(specifier);

for (const service of services) {
  const app = join(root, 'apps', service);
  const bundle = await rolldown({
    cwd: app,
    input: join(app, 'src', 'main.ts'),
    platform: 'node',
    tsconfig: join(root, 'tsconfig.json'),
    external: (specifier) => !isOurs(specifier),
  });
  const { output } = await bundle.write({
    dir: join(out, 'apps', service, 'dist'),
    cleanDir: true,
    format: 'esm',
    // An inference thread is started from this very file, and a stack trace should say a name that is in the source.
    entryFileNames: 'main.js',
    chunkFileNames: '[name].js',
    sourcemap: true,
  });
  await bundle.close();
  const files = output.filter(({ type }) => type === 'chunk').map(({ fileName }) => fileName);
  console.log(`apps/${service}/dist: ${files.join(', ')}`);
}
