/** Memory of the processes of an installation, sampled while something goes on. Linux only: it reads /proc. */
import { readFile } from 'node:fs/promises';

const sampleMs = 500;

export interface MemoryUse {
  /** Medians of the resident size in the second and in the last quarter of the time; the first one warms up. */
  readonly earlyBytes: number;
  readonly lateBytes: number;
}

/** Resolves at the end of `work`, to the use of each process by name. */
export async function watchMemory(
  pids: Readonly<Record<string, number>>,
  work: () => Promise<void>,
): Promise<Readonly<Record<string, MemoryUse>>> {
  const samples = new Map<string, number[]>(Object.keys(pids).map((name) => [name, []]));
  const timer = setInterval(() => {
    for (const [name, pid] of Object.entries(pids)) {
      void residentBytes(pid).then((bytes) => samples.get(name)!.push(bytes));
    }
  }, sampleMs);
  try {
    await work();
  } finally {
    clearInterval(timer);
  }
  return Object.fromEntries(
    [...samples].map(([name, bytes]) => {
      const quarter = Math.floor(bytes.length / 4);
      return [
        name,
        { earlyBytes: median(bytes.slice(quarter, 2 * quarter)), lateBytes: median(bytes.slice(-quarter)) },
      ];
    }),
  );
}

async function residentBytes(pid: number): Promise<number> {
  const status = await readFile(`/proc/${pid}/status`, 'utf8').catch(() => '');
  return 1024 * Number(/^VmRSS:\s+(\d+) kB/m.exec(status)?.[1] ?? 0);
}

/** 0 for none. */
export function median(values: readonly number[]): number {
  return values.toSorted((a, b) => a - b)[values.length >> 1] ?? 0;
}
