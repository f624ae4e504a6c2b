/**
 * `npm run api-docs`: writes `docs/openapi.json` and the generated parts of `docs/http-api.md` anew, after the API's
 * description was changed. A test fails while they are behind.
 */
import { writeFile } from 'node:fs/promises';
import { generate } from './generate.ts';

for (const [path, text] of await generate()) await writeFile(path, text);
