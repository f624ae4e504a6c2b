/**
 * How many inference threads a worker has and how wide their sessions are, by processors, memory and what the operator has
 * set. Pure arithmetic: who measures, and who starts the threads, is somebody else.
 */
import type { Allowance } from '../device/allowance.ts';
import type { Device } from './inference-protocol.ts';

/** Unset is chosen here. */
export interface ThreadWishes {
  /** Sessions, each in a thread. */
  readonly threads: number | undefined;
  /** Threads inside a session; 0: as the runtime likes. */
  readonly intraOpThreads: number | undefined;
  /** Whether there may be one more session, on all cores, for a picture that is alone. */
  readonly hasWide: boolean;
}

export interface ThreadChoice {
  readonly threads: number;
  readonly intraOpThreads: number;
  /** Threads inside the wide session; 0: there is none. */
  readonly wideThreads: number;
  /** What memory did not suffice for, in words. */
  readonly notes: readonly string[];
}

/** Of the memory that is free: the rest is for pictures that are decoded, and for what else a worker does. */
const sessionsShare = 0.5;
const threadsMax = 64;
/** One packs and unpacks while the device computes for the other. */
const threadsOfGpu = 2;

/** The width of the first session, of which nothing is known yet. */
export function firstWidth(wishes: ThreadWishes, device: Device, cores: number): number {
  if (wishes.intraOpThreads !== undefined) return wishes.intraOpThreads;
  if (device !== 'cpu' || wishes.threads === undefined) return 1;
  return Math.max(1, Math.floor(cores / wishes.threads));
}

/** `sessionBytes` is what memory grew by with the first session, `allowance` what is left after that. */
export function chooseThreads(
  wishes: ThreadWishes,
  device: Device,
  { cores, bytesFree }: Allowance,
  sessionBytes: number,
): ThreadChoice {
  const width = firstWidth(wishes, device, cores);
  const more = Math.floor((sessionsShare * bytesFree) / Math.max(sessionBytes, 1));
  const wanted = wishes.threads ?? threadsFor(device, cores, width);
  const threads = wishes.threads ?? Math.min(wanted, 1 + more);
  const notes: string[] = [];
  let intraOpThreads = width;
  if (threads < wanted) {
    if (device === 'cpu' && wishes.intraOpThreads === undefined) intraOpThreads = Math.floor(cores / threads);
    notes.push(`memory suffices for ${threads} of ${wanted} sessions: each takes ${megabytes(sessionBytes)}`);
  }
  const wouldBeWider = wishes.hasWide && device === 'cpu' && intraOpThreads > 0 && intraOpThreads < cores;
  const fits = threads <= more;
  if (wouldBeWider && !fits) {
    notes.push('memory does not suffice for one more session, on all cores, for a picture that is alone');
  }
  return { threads, intraOpThreads, wideThreads: wouldBeWider && fits ? cores : 0, notes };
}

/** Several sessions of one thread compute more pictures a second than one of several: they never wait for each other. */
function threadsFor(device: Device, cores: number, width: number): number {
  if (device !== 'cpu') return threadsOfGpu;
  return Math.min(threadsMax, Math.max(1, Math.floor(cores / (width === 0 ? cores : width))));
}

function megabytes(bytes: number): string {
  return `${Math.ceil(bytes / 1e6)} MB`;
}
