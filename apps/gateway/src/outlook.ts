/**
 * How long a picture will wait, as far as anybody can say: what is owed in each class, and how fast the workers say that
 * they are. A copy that is renewed by the second; where nobody has measured yet, it says nothing.
 *
 * A class that shares the workers with others has its weight's part of their speed, and at worst waits for everything
 * that is owed. Terms: `itemsPerS` is the sum over the model's live workers, `share` the weight of the class over the
 * weights of all classes that wait.
 */
import { priorities, priorityWeights, type Priority } from '@shoal/shared/contract';
import { nothingAccepted, type Accepted, type LedgerStore } from '@shoal/shared/redis';
import type { ModelRegistry } from './model-registry.ts';

const refreshIntervalMs = 1_000;
const retryAfterSMax = 60;
/** Where nothing is known of the speed. */
const retryAfterSUnknown = 2;
/** Part of a deadline that an estimated wait may take: estimates are no promises. */
const waitShareMax = 0.8;

export class Outlook {
  readonly #ledger: Pick<LedgerStore, 'readAccepted'>;
  readonly #registry: Pick<ModelRegistry, 'models'>;
  #accepted: ReadonlyMap<string, Accepted> = new Map();
  #timer: NodeJS.Timeout | undefined;

  constructor(ledger: Pick<LedgerStore, 'readAccepted'>, registry: Pick<ModelRegistry, 'models'>) {
    this.#ledger = ledger;
    this.#registry = registry;
  }

  start(): void {
    this.#timer = setInterval(() => void this.refresh().catch(() => undefined), refreshIntervalMs);
  }

  stop(): void {
    clearInterval(this.#timer);
  }

  async refresh(): Promise<void> {
    this.#accepted = await this.#ledger.readAccepted();
  }

  /** Milliseconds until a picture with this many of its class before it is done; undefined while nobody knows. */
  estimateMs(model: string, priority: Priority, ahead: number): number | undefined {
    const itemsPerS = this.#itemsPerS(model);
    if (itemsPerS === undefined) return undefined;
    const inClass = (ahead + 1) / (itemsPerS * this.#share(model, priority));
    const inAll = (ahead + this.#owedToOthers(model, priority) + 1) / itemsPerS;
    return Math.ceil(1000 * Math.min(inClass, inAll));
  }

  /** How many of its class may be before a picture that must be done within `deadlineMs`; undefined for any number. */
  aheadMax(model: string, priority: Priority, deadlineMs: number): number | undefined {
    const itemsPerS = this.#itemsPerS(model);
    if (itemsPerS === undefined) return undefined;
    const done = (itemsPerS * deadlineMs * waitShareMax) / 1000;
    const inClass = done * this.#share(model, priority) - 1;
    const inAll = done - this.#owedToOthers(model, priority) - 1;
    return Math.max(0, Math.floor(Math.max(inClass, inAll)));
  }

  /** Whole seconds in which about half of what is owed will be done: for the one who was refused because of it. */
  retryAfterS(model: string, modelJobs: number): number {
    const itemsPerS = this.#itemsPerS(model);
    if (itemsPerS === undefined) return retryAfterSUnknown;
    return Math.min(retryAfterSMax, Math.max(1, Math.ceil(modelJobs / itemsPerS / 2)));
  }

  #itemsPerS(model: string): number | undefined {
    const workers = this.#registry.models.find(({ record }) => record.name === model)?.workers ?? [];
    const speeds = workers.flatMap(({ state, itemsPerS }) =>
      state === 'ready' && itemsPerS !== undefined ? [itemsPerS] : [],
    );
    const sum = speeds.reduce((total, speed) => total + speed, 0);
    if (sum === 0) return undefined;
    // One that has not measured itself yet is taken to be like the others.
    const ready = workers.filter(({ state }) => state === 'ready').length;
    return (sum * ready) / speeds.length;
  }

  #share(model: string, priority: Priority): number {
    const { byPriority } = this.#owed(model);
    const present = priorities.filter((one) => one === priority || byPriority[one] > 0);
    return priorityWeights[priority] / present.reduce((sum, one) => sum + priorityWeights[one], 0);
  }

  #owedToOthers(model: string, priority: Priority): number {
    const { byPriority } = this.#owed(model);
    return priorities.reduce((sum, one) => (one === priority ? sum : sum + byPriority[one]), 0);
  }

  #owed(model: string): Accepted {
    return this.#accepted.get(model) ?? nothingAccepted;
  }
}
