/** The gateway process; or, with `keys` as its first argument, the command that edits the file of API keys. */
import { existsSync } from 'node:fs';
import { settingsOrExit } from '@shoal/shared/service';
import { runKeysCommand } from './api-keys/keys-command.ts';

const [command, ...args] = process.argv.slice(2);

if (command === 'keys') {
  // As `npm start` reads it: what the environment says already stands.
  if (existsSync('.env')) process.loadEnvFile('.env');
  process.exitCode = await runKeysCommand(args, process.env, { out: console.log, err: console.error });
} else {
  // The command is to be quick, and needs nothing of this.
  const { serveGateway } = await import('./serve-gateway.ts');
  await serveGateway(settingsOrExit('gateway'));
}
