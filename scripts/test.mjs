/**
 * `npm test`: sets up what is missing and runs every check and test on Node 24; arguments go to the test runner.
 * Plain JavaScript without dependencies, for the same reason as `start.mjs`. Its last line is always the counts.
 */
import { handOver } from './setup/hand-over.mjs';
import { ensurePackages, whatIsMissing } from './setup/packages.mjs';

const missing = whatIsMissing(process.versions.node, process.platform);
if (missing === undefined && (await ensurePackages())) {
  process.exitCode = await handOver('scripts/test-run/main.ts', process.argv.slice(2));
} else {
  if (missing !== undefined) console.error(missing);
  // Without its packages nothing could run: that is one failure, never zero of them.
  console.log('0 passed, 1 failed, 0 skipped');
  process.exitCode = 1;
}
