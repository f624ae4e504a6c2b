/**
 * When the next request is sent: as soon as a caller has its answer (closed loop), or when it is due, whatever the others
 * do (open loop). It knows neither HTTP nor what an answer means.
 */
import { setTimeout as sleep } from 'node:timers/promises';

/** Whichever comes first; without any, until there is nothing more to send. */
export interface Limit {
  readonly requests: number | undefined;
  readonly seconds: number | undefined;
}

export interface Load<T> {
  readonly limit: Limit;
  /** Undefined when there is nothing more to send. */
  readonly next: () => Promise<T | undefined>;
  /** `sinceMs` is from when the caller waits, by `performance.now()`. Resolves to whether the server could be talked to. */
  readonly fire: (item: T, sinceMs: number) => Promise<boolean>;
  /** Ends the sending; what is under way is for `fire` to end. */
  readonly signal: AbortSignal;
}

/** After a connection that failed: a server that is gone is asked again soon, and not ten thousand times a second. */
const pauseMs = 100;

/** More than timers and the reading of a file take on a machine that has time for them. */
const lateMs = 50;

/** `concurrency` callers, each with one request at a time. Resolves when all are answered. */
export async function driveClosed<T>(load: Load<T>, concurrency: number): Promise<void> {
  const { limit, signal } = load;
  const endMs = performance.now() + 1000 * (limit.seconds ?? Infinity);
  const requestsMax = limit.requests ?? Infinity;
  let taken = 0;
  const call = async (): Promise<void> => {
    while (taken < requestsMax && !signal.aborted) {
      taken += 1;
      const item = await load.next();
      const sinceMs = performance.now();
      if (item === undefined || sinceMs >= endMs || signal.aborted) return;
      if (!(await load.fire(item, sinceMs))) await sleep(pauseMs);
    }
  };
  await Promise.all(Array.from({ length: Math.min(concurrency, requestsMax) }, call));
}

export interface Lateness {
  /** Waited for a place, because as many as allowed were under way. */
  readonly heldBack: number;
  /** Were sent noticeably after they were due, for this or any other reason. */
  readonly sentLate: number;
}

export interface OpenLoop {
  /** When requests are due, in milliseconds from the start, rising. */
  readonly arrivals: Iterable<number>;
  readonly inFlightMax: number;
}

/**
 * Each request when it is due. With `inFlightMax` under way the next ones wait for a place, and are late: their callers
 * wait from when they were due all the same, so a server that falls behind cannot hide it (no coordinated omission).
 * Resolves when all are answered.
 */
export async function driveOpen<T>(load: Load<T>, { arrivals, inFlightMax }: OpenLoop): Promise<Lateness> {
  const { limit, signal } = load;
  const startMs = performance.now();
  const endMs = startMs + 1000 * (limit.seconds ?? Infinity);
  const places = new Places(inFlightMax);
  let [sent, heldBack, sentLate] = [0, 0, 0];
  for (const arrivalMs of arrivals) {
    const dueMs = startMs + arrivalMs;
    if (dueMs >= endMs || sent >= (limit.requests ?? Infinity)) break;
    await until(dueMs, signal);
    const item = await load.next();
    if (item === undefined || signal.aborted) break;
    if (places.areTaken) {
      heldBack += 1;
      await places.oneFree();
      if (signal.aborted) break;
    }
    places.take();
    sent += 1;
    const nowMs = performance.now();
    if (nowMs - dueMs > lateMs) sentLate += 1;
    void load.fire(item, Math.min(dueMs, nowMs)).then(() => places.giveBack());
  }
  await places.allFree();
  return { heldBack, sentLate };
}

/**
 * Timers go by whole milliseconds and are late rather than early. What is due within half of one counts as due, so that the
 * error is one of both sides.
 */
async function until(dueMs: number, signal: AbortSignal): Promise<void> {
  for (let waitMs = dueMs - performance.now(); waitMs > 0.5; waitMs = dueMs - performance.now()) {
    if (signal.aborted) return;
    await sleep(Math.max(1, Math.floor(waitMs)), undefined, { signal }).catch(() => {});
  }
}

class Places {
  readonly #max: number;
  #taken = 0;
  #wake: (() => void) | undefined;

  constructor(max: number) {
    this.#max = max;
  }

  get areTaken(): boolean {
    return this.#taken >= this.#max;
  }

  take(): void {
    this.#taken += 1;
  }

  giveBack(): void {
    this.#taken -= 1;
    this.#wake?.();
  }

  async oneFree(): Promise<void> {
    await this.#until(() => !this.areTaken);
  }

  async allFree(): Promise<void> {
    await this.#until(() => this.#taken === 0);
  }

  /** Looked at whenever a place is given back. */
  async #until(isSo: () => boolean): Promise<void> {
    while (!isSo()) await new Promise<void>((resolve) => (this.#wake = resolve));
  }
}
