/** How a service begins: with settings that hold, or with an end that says all that is wrong with them. */
import type { Settings } from '../contract/index.ts';
import { createLog } from './log.ts';
import { SettingsError, readSettings } from './settings.ts';
import { withRedisPassword } from './with-redis-password.ts';

export function settingsOrExit(service: string): Settings {
  try {
    return withRedisPassword(readSettings(process.env));
  } catch (error) {
    if (!(error instanceof SettingsError)) throw error;
    createLog(service, { SHOAL_LOG_LEVEL: 'info' }).fatal(error.message);
    return process.exit(1);
  }
}
