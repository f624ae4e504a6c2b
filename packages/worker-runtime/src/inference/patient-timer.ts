/**
 * A timer for what another thread of this process does. It counts ticks and does not read the time, because a process
 * that was paused has computed nothing meanwhile; so it may come late by the length of every pause, and never early.
 */
const ticksMax = 20;

/** Calls `onOver` once after `ms`, unless the function that it returns was called before. */
export function startPatientTimer(ms: number, onOver: () => void): () => void {
  let ticks = 0;
  const timer = setInterval(() => {
    if (++ticks < ticksMax) return;
    clearInterval(timer);
    onOver();
  }, ms / ticksMax);
  return () => clearInterval(timer);
}
