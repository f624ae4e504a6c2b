/**
 * All that is written to a connection in one turn of the event loop goes to the kernel at once. ioredis writes each command by
 * itself, and on a busy loop these system calls, each of which wakes the other side, cost more than the commands.
 */
import type { Writable } from 'node:stream';

/** For a stream that was just connected. What is written leaves when the events of this turn are handled, in order. */
export function coalesceWrites(stream: Writable): void {
  let isHeld = false;
  const release = (): void => {
    isHeld = false;
    stream.uncork();
  };
  const write = stream.write.bind(stream) as (...args: unknown[]) => boolean;
  stream.write = (...args: unknown[]): boolean => {
    if (!isHeld) {
      isHeld = true;
      stream.cork();
      // After the events that are there, and before the loop waits for more.
      setImmediate(release);
    }
    return write(...args);
  };
}
