/** The files that are made of the API's description, as they have to be. Writes nothing. */
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { format, resolveConfig } from 'prettier';
import { describeApi } from '../../apps/gateway/src/api-description/describe-api.ts';
import { renderParts } from './render-markdown.ts';
import { writeParts } from './write-parts.ts';

const root = fileURLToPath(new URL('../..', import.meta.url));

/** Path and text of each, formatted as everything here. */
export async function generate(): Promise<readonly (readonly [path: string, text: string])[]> {
  const api = describeApi({ keys: 'unknown' });
  const guide = join(root, 'docs/http-api.md');
  const files = [
    [join(root, 'docs/openapi.json'), JSON.stringify(api)],
    [guide, writeParts(await readFile(guide, 'utf8'), renderParts(api))],
  ] as const;
  return Promise.all(
    files.map(
      async ([path, text]) =>
        [path, await format(text, { ...(await resolveConfig(path)), filepath: path })] as const,
    ),
  );
}
