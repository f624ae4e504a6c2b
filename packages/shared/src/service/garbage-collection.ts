/**
 * How V8 collects garbage in a process that pictures pass through. Their bytes lie outside of V8's heap and go when their small
 * handles are collected; as it is set up, V8 is short of memory again and again, and marks the whole heap each time, for
 * handles that had died long before. `bench/main.ts` shows what that costs.
 */
import { setFlagsFromString } from 'node:v8';

/**
 * For the process that calls it, at its start. Handles die young, and a young generation that stays small is collected often and for
 * little. V8 reads this when it would make it larger, so it may be running already.
 */
export function collectForPassingBytes(): void {
  setFlagsFromString('--semi-space-growth-factor=1');
}

/**
 * For a worker besides, which holds few pictures at a time, however many are sent: the old generation may grow to four times what
 * lives before it is marked. A flooded gateway would grow with it.
 */
export function markSeldom(): void {
  setFlagsFromString('--heap-growing-percent=300');
}
