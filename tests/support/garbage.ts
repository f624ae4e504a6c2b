/** For services whose memory is measured: what they keep, without what they have not got round to throwing away. */
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import type { ServiceProcess } from './service-process.ts';

/** In their environment, before they start. */
export const collectsOnRequest = {
  NODE_OPTIONS: `--import ${pathToFileURL(path.join(import.meta.dirname, 'collect-garbage.ts')).href}`,
};

/** They know no such signal by themselves. */
export const requestCollection = (service: ServiceProcess): void => service.signal('SIGWINCH');
