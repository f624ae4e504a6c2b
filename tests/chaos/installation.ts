/**
 * What the ledger is run against, as little as it must know of it: addresses to call, victims to kill, and what can be
 * learned behind the callers' backs. One kind is made of processes, the other of containers.
 */
import type { History } from './history.ts';

export type VictimKind = 'worker' | 'gateway' | 'redis';

export interface Victim {
  readonly kind: VictimKind;
  readonly name: string;
  /** Of a gateway that callers reach by itself. */
  readonly url?: string;
  /** SIGKILL, as the kernel would. Resolves when it is gone; it comes back by itself, as under any supervisor. */
  kill(): Promise<void>;
  /** Frozen: connections stay open and nothing moves. */
  pause(): Promise<void>;
  resume(): Promise<void>;
  /** Off the network that leads to Redis; only where there are networks. */
  cut?(): Promise<void>;
  heal?(): Promise<void>;
}

/** Ids that Redis itself knows of, whether or not a caller was ever told. */
export interface KnownIds {
  /** What Idempotency-Keys stand for. */
  readonly claimed: readonly string[];
  /** Accepted and not answered. */
  readonly open: readonly string[];
}

export interface Installation {
  readonly model: string;
  /** Where callers call, one after the other. */
  readonly urls: readonly string[];
  readonly victims: readonly Victim[];
  /** Whether workers obey pictures that say that they are slow or deadly. */
  readonly isScripted: boolean;
  /** Whether gateways reach addresses of this machine. */
  readonly callsBack: boolean;
  /** From now on what is seen of answers that are written goes into the history. */
  watch(history: History): Promise<void>;
  /** Puts into the history what can only be read afterwards. */
  collect(history: History): Promise<void>;
  knownIds(): Promise<KnownIds>;
  stop(): Promise<void>;
}
