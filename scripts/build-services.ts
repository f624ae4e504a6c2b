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

/** Apps with a main file: the services, and neither the page nor the command line, which is one file with everything in it. */
const services = readdirSync(join(root, 'apps')).filter(
  (name) => name !== 'cli' && existsSync(join(root, 'apps', name, 'src', 'main.ts')),
);

/** Programs for the operator that an image has beside its service, since it knows there where everything is. */
const operatorPrograms: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  gateway: { quarantine: 'scripts/quarantine/main.ts' },
};

const isOurs = (specifier: string): boolean => /^(?:[./]|@shoal\/)/.test(specifier);

/** Each program by itself: a service does not change for what lies beside it. */
async function build(service: string, name: string, entry: string, isFirst: boolean): Promise<string[]> {
  const bundle = await rolldown({
    cwd: join(root, 'apps', service),
    input: { [name]: entry },
    platform: 'node',
    tsconfig: join(root, 'tsconfig.json'),
    external: (specifier) => !isOurs(specifier),
  });
  const { output } = await bundle.write({
    dir: join(out, 'apps', service, 'dist'),
    cleanDir: isFirst,
    format: 'esm',
    // An inference thread is started from this very file, and a stack trace should say a name that is in the source.
    entryFileNames: '[name].js',
    chunkFileNames: '[name].js',
    sourcemap: true,
  });
  await bundle.close();
  return output.filter(({ type }) => type === 'chunk').map(({ fileName }) => fileName);
}

for (const service of services) {
  const files = await build(service, 'main', join(root, 'apps', service, 'src', 'main.ts'), true);
  for (const [name, entry] of Object.entries(operatorPrograms[service] ?? {})) {
    files.push(...(await build(service, name, join(root, entry), false)));
  }
  console.log(`apps/${service}/dist: ${files.join(', ')}`);
}
