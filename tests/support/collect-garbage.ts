/** Loaded into a service before its own files, for a measurement: SIGWINCH collects all garbage, so that what is left is held. */
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';

setFlagsFromString('--expose-gc');
const collectGarbage = runInNewContext('gc') as () => void;
process.on('SIGWINCH', () => collectGarbage());
