/** Whether processes live on, as the same ones, and whether their memory stops growing. Changes nothing about them. */
import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';

export interface Growth {
  readonly name: string;
  /** Medians of the resident memory, after the first third and at the end; and the most that was seen. */
  readonly warmBytes: number;
  readonly endBytes: number;
  readonly peakBytes: number;
}

/** A heap that breathes is no leak: at the end there may be half as much again, and this much in any case. */
const growthMax = 1.5;
const slackBytes = 64 * 2 ** 20;

export class ProcessWatch {
  readonly #pids: Readonly<Record<string, () => number>>;
  readonly #first: Readonly<Record<string, number>>;
  readonly #samples: { readonly progress: number; readonly bytes: Readonly<Record<string, number>> }[] = [];

  /** `pids` are asked each time: who was started again has another. */
  constructor(pids: Readonly<Record<string, () => number>>) {
    this.#pids = pids;
    this.#first = Object.fromEntries(Object.entries(pids).map(([name, pid]) => [name, pid()]));
  }

  /** `progress` goes from 0 to 1. */
  sample(progress: number): void {
    const bytes = Object.entries(this.#pids).map(([name, pid]) => [name, residentBytes(pid()) ?? 0] as const);
    this.#samples.push({ progress, bytes: Object.fromEntries(bytes) });
  }

  get growth(): Growth[] {
    const within = (name: string, from: number, to: number): number[] =>
      this.#samples
        .filter(({ progress }) => progress >= from && progress <= to)
        .map(({ bytes }) => bytes[name]!);
    return Object.keys(this.#pids).map((name) => ({
      name,
      warmBytes: median(within(name, 1 / 3, 1 / 2)),
      endBytes: median(within(name, 5 / 6, 1)),
      peakBytes: Math.max(0, ...within(name, 0, 1)),
    }));
  }

  violations(): string[] {
    const gone = Object.entries(this.#pids).flatMap(([name, pid]) => {
      if (residentBytes(pid()) === undefined) return [`${name} is gone`];
      return pid() === this.#first[name] ? [] : [`${name} was started again`];
    });
    return [...gone, ...this.growth.flatMap((one) => (isTooMuch(one) ? [describe(one)] : []))];
  }
}

export function isTooMuch({ warmBytes, endBytes }: Growth): boolean {
  return endBytes > Math.max(warmBytes * growthMax, warmBytes + slackBytes);
}

function describe({ name, warmBytes, endBytes }: Growth): string {
  return `${name} grew from ${inMb(warmBytes)} after the first third to ${inMb(endBytes)}`;
}

export const inMb = (bytes: number): string => `${Math.round(bytes / 1e6)} MB`;

function median(values: readonly number[]): number {
  return values.toSorted((a, b) => a - b)[values.length >> 1] ?? 0;
}

/** Undefined when there is no such process, or only its remains. */
function residentBytes(pid: number): number | undefined {
  try {
    if (process.platform === 'linux') {
      const kilobytes = /^VmRSS:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1];
      return kilobytes === undefined ? undefined : Number(kilobytes) * 1024;
    }
    return Number(execFileSync('ps', ['-o', 'rss=', '-p', String(pid)], { encoding: 'utf8' }).trim()) * 1024;
  } catch {
    return undefined;
  }
}
