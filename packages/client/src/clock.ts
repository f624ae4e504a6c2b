/** Time as the library sees it, so that a test can be its master. */
import type { Clock } from './call-options.ts';
import { onAbort, reasonOf } from './on-abort.ts';

/** Timers of the platform take no more than 31 bits of milliseconds. */
const timerMsMax = 2 ** 31 - 1;

export const systemClock: Clock = {
  nowMs: () => performance.now(),
  epochMs: () => Date.now(),
  sleep: (ms, signal) =>
    new Promise((resolve, reject) => {
      if (signal?.aborted === true) {
        reject(reasonOf(signal));
        return;
      }
      const ignore = onAbort(signal, () => {
        clearTimeout(timer);
        reject(reasonOf(signal!));
      });
      const timer = setTimeout(
        () => {
          ignore();
          resolve();
        },
        Math.min(ms, timerMsMax),
      );
    }),
};
