/**
 * `npm start`: sets up what is missing and hands over to the launcher, which runs on Node 24.
 * This file and what it imports are plain JavaScript without dependencies, because they run first, on whatever Node
 * the machine has. It stays as the launcher's parent and passes signals on; it starts and stops nothing itself.
 */
import { handOver } from './setup/hand-over.mjs';
import { ensurePackages, whatIsMissing } from './setup/packages.mjs';

const missing = whatIsMissing(process.versions.node, process.platform);
if (missing !== undefined) {
  console.error(missing);
  process.exitCode = 1;
} else if (await ensurePackages()) {
  process.exitCode = await handOver('scripts/launcher/main.ts', process.argv.slice(2));
} else {
  process.exitCode = 1;
}
