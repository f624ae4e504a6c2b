/**
 * The launcher behind `npm start`: checks what can be checked, starts Redis, the gateway and one worker per model, says
 * when all are ready, keeps them running, and stops them in order. Runs on Node 24, as the start script's child.
 * Its only argument, the project's root, is for tests.
 */
import { existsSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { launch } from './launch.ts';
import { listenForStop } from './stop-request.ts';

const root = resolve(process.argv[2] ?? dirname(dirname(dirname(fileURLToPath(import.meta.url)))));

// What the environment says already stands; the file fills in the rest.
const envFile = join(root, '.env');
if (existsSync(envFile)) process.loadEnvFile(envFile);

// A terminal that is gone must not keep the launcher from stopping what it started.
for (const stream of [process.stdout, process.stderr]) stream.on('error', () => undefined);

// eslint-disable-next-line unicorn/no-process-exit -- the channel to the parent would keep the process alive
process.exit(await launch(root, process.env, listenForStop(process)));
