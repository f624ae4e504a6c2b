/** What is measured of sessions, and what comes of it: plain data, between the program, its processes and their threads. */

export interface SessionCase {
  readonly name: string;
  /** One picture and then a pause, or one after the other in every thread. */
  readonly load: 'alone' | 'full';
  readonly threads: number;
  readonly intraOpThreads: number;
  readonly batch: number;
  /** Into new arrays each time, where the adapter would reuse those of the run before. */
  readonly isFresh: boolean;
  /** Settings of the runtime over those that the worker uses. */
  readonly tuning?: Readonly<Record<string, unknown>>;
}

export interface SessionFigures {
  readonly perS: number;
  /** From packed to computed, the median. */
  readonly runMs: number;
  /** Of all threads of the process, for one picture. */
  readonly cpuMs: number;
  /** Alone only: of the pause of `pauseMs` after a picture. */
  readonly pauseCpuMs: number;
  readonly rssMb: number;
}

export const pauseMs = 15;

const base = { load: 'alone', threads: 1, intraOpThreads: 1, batch: 1, isFresh: false } as const;
const spinning = (settings: Readonly<Record<string, string>>) => ({
  extra: { session: { intra_op: settings } },
});

/** `cores` of this machine; batches only where the model takes them. */
export function sessionCases(cores: number, maxBatch: number): readonly SessionCase[] {
  const wide = { ...base, intraOpThreads: cores };
  const full = { ...base, load: 'full', threads: cores } as const;
  return [
    { ...base, name: 'alone, one thread' },
    { ...wide, name: 'alone, all cores' },
    { ...wide, name: 'alone, all cores, spinning as by default', tuning: { extra: {} } },
    { ...wide, name: 'alone, all cores, no spinning', tuning: spinning({ allow_spinning: '0' }) },
    { ...wide, name: 'alone, all cores, spinning for 50 µs', tuning: spinning({ spin_duration_us: '50' }) },
    { ...base, name: 'alone, fewer optimisations', tuning: { graphOptimizationLevel: 'extended' } },
    { ...base, name: 'alone, no arena', tuning: { enableCpuMemArena: false } },
    { ...base, name: 'alone, no memory pattern', tuning: { enableMemPattern: false } },
    {
      ...base,
      name: 'alone, denormals as zero',
      tuning: { extra: { session: { set_denormal_as_zero: '1' } } },
    },
    {
      ...base,
      name: 'alone, nodes in parallel',
      tuning: { executionMode: 'parallel', interOpNumThreads: cores },
    },
    { ...full, name: 'full, a session a core' },
    { ...full, name: 'full, a session a core, new arrays each time', isFresh: true },
    { ...full, name: 'full, one session on all cores', threads: 1, intraOpThreads: cores },
    { ...full, name: 'full, two sessions a core', threads: 2 * cores },
    { ...full, name: 'full, four sessions a core', threads: 4 * cores },
    { ...full, name: 'full, each session on all cores', intraOpThreads: cores },
    ...[2, 4, 8]
      .filter((batch) => batch <= maxBatch)
      .map((batch) => ({ ...full, name: `full, a session a core, batches of ${batch}`, batch })),
  ];
}
