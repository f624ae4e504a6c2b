/**
 * Looks at processes by id: a number in a file from an earlier run may belong to anyone by now, so nothing is signalled
 * before its command line was read.
 */
import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { setTimeout as delay } from 'node:timers/promises';

const pollMs = 50;

/** The command line of a live process; undefined when there is none, or only its entry waits to be collected. */
export function commandOf(pid: number): string | undefined {
  if (existsSync('/proc/self/cmdline')) {
    try {
      return readFileSync(`/proc/${pid}/cmdline`, 'utf8').replaceAll('\0', ' ').trim() || undefined;
    } catch {
      return undefined;
    }
  }
  try {
    return (
      execFileSync('ps', ['-o', 'command=', '-p', String(pid)], { encoding: 'utf8' }).trim() || undefined
    );
  } catch {
    return undefined;
  }
}

/** SIGTERM, then SIGKILL after `graceMs`. For processes that are not children of this one. */
export async function endProcess(pid: number, graceMs: number): Promise<void> {
  const deadline = performance.now() + graceMs;
  process.kill(pid, 'SIGTERM');
  while (commandOf(pid) !== undefined) {
    if (performance.now() > deadline) {
      process.kill(pid, 'SIGKILL');
      return;
    }
    await delay(pollMs);
  }
}
