/** Writes `.env.example` from the table of variables; `npm run env-example`. A test compares the two. */
import { writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { renderEnvExample } from '../packages/shared/src/service/index.ts';

const root = dirname(dirname(fileURLToPath(import.meta.url)));

writeFileSync(join(root, '.env.example'), renderEnvExample());
