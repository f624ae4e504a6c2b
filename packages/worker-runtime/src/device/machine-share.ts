/**
 * How many processors of its machine a worker takes for itself, where others compute as well: replicas, and workers of other
 * models. Whoever computes says in Redis how many it keeps busy, and hears the same of the others; who is idle says
 * nothing and takes nothing away. It is advice and no lock: whoever cannot reach Redis goes on as before.
 */
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { cpus, hostname } from 'node:os';
import { announcementIntervalMs, announcementTtlMs, type Keys } from '@shoal/shared/contract';
import type { Redis } from '@shoal/shared/redis';
import type { Logger } from '@shoal/shared/service';

export interface MachineShareOptions {
  readonly redis: Redis;
  readonly keys: Keys;
  readonly workerId: string;
  readonly log: Logger;
  readonly machine?: { readonly id: string; readonly cores: number };
  readonly now?: () => number;
}

/** Less than this of a processor is no reason to give one up. */
const idleCoresMax = 0.5;

export class MachineShare {
  readonly #options: MachineShareOptions;
  readonly #machine: { readonly id: string; readonly cores: number };
  readonly #now: () => number;
  #timer: NodeJS.Timeout | undefined;
  #isLooking = false;
  /** Processors that computations of this worker keep busy now, and the sum of that over time since the last look. */
  #busy = 0;
  #busyMs = 0;
  #countedUntilMs: number;
  #lookedAtMs: number;
  #isTold = false;
  /** What each other busy worker keeps busy. */
  #others: readonly number[] = [];

  constructor(options: MachineShareOptions) {
    this.#options = options;
    this.#machine = options.machine ?? { id: machineId(), cores: cpus().length };
    this.#now = options.now ?? Date.now;
    this.#countedUntilMs = this.#now();
    this.#lookedAtMs = this.#countedUntilMs;
  }

  /**
   * The processors that the others leave, and never less than an equal part: of two that are both busy each has half, and of
   * one that could use less the other has the rest.
   */
  get cores(): number {
    const { cores } = this.#machine;
    const left = cores - this.#others.reduce((sum, busy) => sum + busy, 0);
    return Math.max(left, cores / (1 + this.#others.length));
  }

  /** Whether no other worker of this machine computes anything to speak of. */
  get isUndivided(): boolean {
    return this.#machine.cores - this.cores < idleCoresMax;
  }

  start(): void {
    this.#timer = setInterval(() => void this.look(), announcementIntervalMs);
    this.#timer.unref();
  }

  /** A computation of so many threads. */
  began(threads: number): void {
    this.#count();
    this.#busy += threads;
  }

  ended(threads: number): void {
    this.#count();
    this.#busy -= threads;
  }

  /** Says how busy this worker was since the last look, and hears of the others. Never throws. */
  async look(): Promise<void> {
    this.#count();
    const ms = this.#countedUntilMs - this.#lookedAtMs;
    if (this.#isLooking || ms <= 0) return;
    const cores = this.#busyMs / ms;
    this.#busyMs = 0;
    this.#lookedAtMs = this.#countedUntilMs;
    if (cores === 0 && !this.#isTold) return;
    this.#isLooking = true;
    try {
      this.#others = cores === 0 ? await this.#leave() : await this.#tell(cores);
      this.#isTold = cores > 0;
    } catch (error) {
      this.#options.log.debug({ err: error }, 'could not hear who else computes on this machine');
    } finally {
      this.#isLooking = false;
    }
  }

  async stop(): Promise<void> {
    clearInterval(this.#timer);
    if (this.#isTold) await this.#leave();
  }

  async #tell(cores: number): Promise<readonly number[]> {
    const { redis, workerId } = this.#options;
    const nowMs = this.#now();
    const replies = await redis
      .multi()
      .hset(this.#key, workerId, `${nowMs + announcementTtlMs} ${cores.toFixed(2)}`)
      .pexpire(this.#key, announcementTtlMs)
      .hgetall(this.#key)
      .exec();
    const rows = Object.entries((replies?.[2]?.[1] ?? {}) as Record<string, string>);
    const others = rows.filter(([worker]) => worker !== workerId);
    const live = others.filter(([, row]) => Number(row.split(' ')[0]) > nowMs);
    const gone = others.filter((other) => !live.includes(other)).map(([worker]) => worker);
    if (gone.length > 0) await redis.hdel(this.#key, ...gone);
    return live.map(([, row]) => Number(row.split(' ')[1]));
  }

  async #leave(): Promise<readonly number[]> {
    await this.#options.redis.hdel(this.#key, this.#options.workerId);
    return [];
  }

  get #key(): string {
    return this.#options.keys.machine(this.#machine.id);
  }

  #count(): void {
    const nowMs = this.#now();
    this.#busyMs += this.#busy * Math.max(0, nowMs - this.#countedUntilMs);
    this.#countedUntilMs = nowMs;
  }
}

/** The same for all containers of one kernel, since they share its processors, and for nobody else. */
function machineId(): string {
  let name = hostname();
  try {
    name = readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim();
  } catch {
    // Only Linux has it; elsewhere there are no containers that share a kernel.
  }
  return createHash('sha256').update(name).digest('hex').slice(0, 16);
}
