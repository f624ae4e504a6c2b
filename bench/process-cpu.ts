/** How much of the processors a process has used. Read from /proc, so only where there is one. */
import { readFileSync } from 'node:fs';

/** The unit of /proc/<pid>/stat, `USER_HZ`, which is 100 wherever Linux has a /proc that is read by people. */
const tickMs = 10;

/** User and system time of a process and all its threads so far, in milliseconds; undefined where nobody says. */
export function cpuMsOf(pid: number): number | undefined {
  let text;
  try {
    text = readFileSync(`/proc/${pid}/stat`, 'utf8');
  } catch {
    return undefined;
  }
  // The name of the program, in brackets, may hold spaces; `man 5 proc` counts utime as the 14th field, stime as the 15th.
  const fields = text.slice(text.lastIndexOf(')') + 2).split(' ');
  return (Number(fields[11]) + Number(fields[12])) * tickMs;
}

export type CpuMs = Readonly<Record<string, number>>;

/** Starts to count for each of the processes; the function that it returns says what each has used since. */
export function countCpu(pids: Readonly<Record<string, number>>): () => CpuMs {
  const before = Object.entries(pids).map(([name, pid]) => [name, pid, cpuMsOf(pid)] as const);
  return () =>
    Object.fromEntries(
      before.flatMap(([name, pid, fromMs]) => {
        const toMs = cpuMsOf(pid);
        return fromMs === undefined || toMs === undefined ? [] : [[name, toMs - fromMs] as const];
      }),
    );
}
