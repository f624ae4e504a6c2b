/**
 * How V8 collects garbage in a process that pictures pass through. Their bytes lie outside of V8's heap and go when their small
 * handles are collected; as it is set up, V8 is then short of "memory" again and again, and marks the whole heap each time, for
 * handles that had died long before. `bench/main.ts` shows what that costs.
 */
import { setFlagsFromString } from 'node:v8';

/** For the process that calls it, at its start. V8 reads both flags when it next makes up its mind, so it may be running already. */
export function collectForPassingBytes(): void {
  // Handles die young. A young generation that stays small is collected often, and for little.
  setFlagsFromString('--semi-space-growth-factor=1');
  // The heap as a whole may come to four times of what was alive in it before it is marked.
  setFlagsFromString('--heap-growing-percent=300');
}
