/**
 * `npm run quarantine -- list|show|retry|drop`: what an operator does with pictures that killed their workers. It talks to
 * Redis directly, as the services do, and to a gateway only to try a picture again. In the gateway's image it is
 * `apps/gateway/dist/quarantine.js`. Status 0: done. 1: not done. 2: not understood.
 */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { keysOf } from '../../packages/shared/src/contract/index.ts';
import { QuarantineStore } from '../../packages/shared/src/redis/index.ts';
import { SettingsError, readSettings } from '../../packages/shared/src/service/settings.ts';
import { addressFor } from '../launcher/address.ts';
import { findRedisOf, openRedis } from './open-redis.ts';
import { OperatorError } from './operator-error.ts';
import { UsageError, parseCommand, usage } from './parse-command.ts';
import { runCommand } from './run-command.ts';

/** npm runs its scripts in the root of the project, and images have it as the folder that they work in. */
const root = process.cwd();

async function run(): Promise<boolean> {
  const command = parseCommand(process.argv.slice(2));
  if (command.kind === 'help') {
    console.log(usage);
    return true;
  }
  // What the environment says already stands; the file fills in the rest, as at npm start.
  const envFile = join(root, '.env');
  if (existsSync(envFile)) process.loadEnvFile(envFile);
  const settings = readSettings(process.env);
  const redis = await openRedis(findRedisOf(settings, root));
  try {
    return await runCommand(command, {
      store: new QuarantineStore(redis, keysOf(settings.SHOAL_REDIS_PREFIX)),
      gateway: addressFor(settings.HOST, settings.PORT),
      folder: process.env['INIT_CWD'] ?? root,
      now: Date.now,
      write: (output) => void process.stdout.write(output),
      say: (line) => console.error(line),
    });
  } finally {
    redis.disconnect();
  }
}

try {
  process.exitCode = (await run()) ? 0 : 1;
} catch (error) {
  if (error instanceof UsageError) console.error(`${error.message}\n\n${usage}`);
  else if (error instanceof OperatorError || error instanceof SettingsError) console.error(error.message);
  else throw error;
  process.exitCode = error instanceof UsageError ? 2 : 1;
}
