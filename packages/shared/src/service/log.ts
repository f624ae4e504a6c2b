/** The log of a service: JSON lines on standard output, one trace id through all of them. */
import { pino, type Logger } from 'pino';
import type { Settings } from '../contract/index.ts';

export type { Logger };

export function createLog(service: string, settings: Pick<Settings, 'SHOAL_LOG_LEVEL'>): Logger {
  return pino({
    level: settings.SHOAL_LOG_LEVEL,
    base: { service, pid: process.pid },
    timestamp: pino.stdTimeFunctions.isoTime,
    formatters: { level: (label) => ({ level: label }) },
    serializers: { err: withoutCommand },
    redact: { paths: ['req.headers.authorization', 'url'], remove: true },
  });
}

/** Errors of Redis carry the command, and with it passwords, keys and pictures. */
function withoutCommand(error: Error): object {
  const { command: _command, raw: _raw, ...rest } = pino.stdSerializers.err(error);
  return rest;
}
