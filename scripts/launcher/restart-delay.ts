/**
 * How long to wait before something that died is started again: not at all after it had been ready, since that is what
 * its callers wait for; longer and longer while it dies before it is ready, since then trying again is all that it does.
 */
const firstDelayMs = 500;
const delayMsMax = 30_000;

/** `deathsBeforeReady`: how often in a row it died without having been ready. */
export function restartDelayMs(deathsBeforeReady: number): number {
  return deathsBeforeReady === 0 ? 0 : Math.min(firstDelayMs * 2 ** (deathsBeforeReady - 1), delayMsMax);
}

/** For a sentence: what the launcher does about a death. */
export function startingAgain(waitMs: number): string {
  return waitMs === 0 ? 'starting it again' : `starting it again in ${waitMs / 1000} s`;
}
