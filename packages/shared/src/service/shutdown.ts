/**
 * How a service ends: in order at SIGTERM, SIGINT or when the process that started it is gone, at once at the second
 * signal, and with a failure when something was thrown that nobody caught.
 */
import closeWithGrace from 'close-with-grace';
import type { Logger } from './log.ts';

/** Runs `close` once, whatever ends the process, and gives it `graceMs`. */
export function closeOnExit(log: Logger, graceMs: number, close: () => Promise<void>): void {
  const handle = closeWithGrace({ delay: graceMs, logger: quiet(log) }, async ({ err, signal }) => {
    if (err) log.fatal({ err }, 'stopping after an error that nobody handled');
    else log.info({ signal }, 'stopping');
    await close();
    log.info('stopped');
  });
  // Started with an IPC channel, the service belongs to whoever holds the other end.
  if (process.send) process.on('disconnect', () => handle.close());
}

/** The library's own words would stand in the log without level or service. */
function quiet(log: Logger): { error: (message?: unknown) => void } {
  return { error: (message) => log.error(String(message)) };
}

/** Tells whoever started this process that it serves from now on; nobody may have asked. */
export function sayReady(): void {
  process.send?.({ type: 'ready' });
}
