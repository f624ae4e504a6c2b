/** The log of a service: JSON lines on standard output, one trace id through all of them. */
import { pino, type Logger, type LoggerOptions } from 'pino';
import type { Settings } from '../contract/index.ts';

export type { Logger };

/** What is no trouble may be written this much later, in one piece: a line at a time costs more than what it tells of. */
const flushMs = 100;
const flushBytes = 8_192;

export function createLog(service: string, settings: Pick<Settings, 'SHOAL_LOG_LEVEL'>): Logger {
  const output = pino.destination({ minLength: flushBytes, sync: true });
  process.once('exit', () => output.flushSync());
  let timer: NodeJS.Timeout | undefined;
  const flush = (): void => {
    clearTimeout(timer);
    timer = undefined;
    output.flushSync();
  };
  const options: LoggerOptions = {
    level: settings.SHOAL_LOG_LEVEL,
    base: { service, pid: process.pid },
    timestamp: pino.stdTimeFunctions.isoTime,
    formatters: { level: (label) => ({ level: label }) },
    serializers: { err: withoutCommand },
    redact: { paths: ['req.headers.authorization', 'url'], remove: true },
    hooks: {
      logMethod(line, log, level) {
        log.apply(this, line);
        // The end of the process may be near.
        if (level >= pino.levels.values['warn']!) flush();
        else timer ??= setTimeout(flush, flushMs).unref();
      },
    },
  };
  return pino(options, output);
}

/** Errors of Redis carry the command, and with it passwords, keys and pictures. */
function withoutCommand(error: Error): object {
  const { command: _command, raw: _raw, ...rest } = pino.stdSerializers.err(error);
  return rest;
}
