/**
 * `npm run client-types`: writes the client's types anew after the API's description was changed. A test fails while they are
 * behind.
 */
import { writeFile } from 'node:fs/promises';
import { contractFile, generate } from './generate.ts';

await writeFile(contractFile, await generate());
