/**
 * Builds the command line to `apps/cli/dist/shoal.mjs`: one file with everything in it but Node itself, which a gateway serves and
 * which runs wherever there is a Node from 20 on. `--out FOLDER` puts it elsewhere. The packages that it holds are named at its end,
 * with their licences.
 */
import { existsSync, readFileSync, readdirSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { rolldown } from 'rolldown';

const root = dirname(dirname(fileURLToPath(import.meta.url)));

const { out } = parseArgs({ options: { out: { type: 'string', default: root } } }).values;

const bundle = await rolldown({
  cwd: join(root, 'apps', 'cli'),
  input: join(root, 'apps', 'cli', 'src', 'main.ts'),
  platform: 'node',
  tsconfig: join(root, 'tsconfig.json'),
  external: /^node:/,
  transform: { target: 'node20' },
});
const { output } = await bundle.write({
  file: join(out, 'apps', 'cli', 'dist', 'shoal.mjs'),
  cleanDir: true,
  format: 'esm',
  // What a command loads when it runs is in the same file, and is not run before.
  codeSplitting: false,
  minify: true,
  postFooter: ({ moduleIds }) => noticesOf(moduleIds),
});
await bundle.close();
const [{ fileName, code }] = output;
console.log(`apps/cli/dist: ${fileName}, ${(code.length / 1e6).toFixed(1)} MB`);

/** What the licences ask for: that they go where the code goes. */
function noticesOf(moduleIds: readonly string[]): string {
  const folders = new Map<string, string>();
  for (const id of moduleIds) {
    const [, folder = '', name = ''] =
      /^(.*\/node_modules\/((?:@[^/]+\/)?[^/]+))\//.exec(id.replaceAll('\\', '/')) ?? [];
    if (name !== '') folders.set(name, folder);
  }
  const notices = [...folders]
    .toSorted(([a], [b]) => (a < b ? -1 : 1))
    .map(([name, folder]) => `${name} ${versionOf(folder)}\n\n${licenceOf(name, folder)}`);
  const text = ['This file holds these packages of others.', ...notices].join('\n\n----\n\n');
  return `/*!\n${text.replaceAll('*/', '* /')}\n*/`;
}

function versionOf(folder: string): string {
  return (JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8')) as { version: string }).version;
}

function licenceOf(name: string, folder: string): string {
  const file = readdirSync(folder).find((entry) => /^licen[cs]e(?:\.|$)/i.test(entry));
  if (file !== undefined && existsSync(join(folder, file)))
    return readFileSync(join(folder, file), 'utf8').trim();
  const { license } = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8')) as { license?: string };
  if (license === undefined) throw new Error(`${name} names no licence`);
  return license;
}
