/**
 * What this gateway knows of the models: a copy of what the workers told Redis, renewed by the second. Finds a model by
 * its name or an alias; says nothing of queues.
 */
import { ServiceError, type ModelStatus } from '@shoal/shared/contract';
import type { ModelSnapshot, ModelStore } from '@shoal/shared/redis';

const refreshIntervalMs = 1_000;
/** An unknown name makes the gateway look again, but not more often than this. */
const lookAgainAfterMs = 200;

export class ModelRegistry {
  readonly #store: Pick<ModelStore, 'list'>;
  readonly #now: () => number;
  #snapshots: readonly ModelSnapshot[] = [];
  #refreshedAtMs = Number.NEGATIVE_INFINITY;
  #refreshing: Promise<void> | undefined;
  #timer: NodeJS.Timeout | undefined;

  constructor(store: Pick<ModelStore, 'list'>, now: () => number = Date.now) {
    this.#store = store;
    this.#now = now;
  }

  start(): void {
    // A failure shows in `ageMs`, which readiness and the refusals look at.
    this.#timer = setInterval(() => void this.refresh().catch(() => undefined), refreshIntervalMs);
    void this.refresh().catch(() => undefined);
  }

  stop(): void {
    clearInterval(this.#timer);
  }

  /** Milliseconds since Redis last answered: the proof that it does. */
  get ageMs(): number {
    return this.#now() - this.#refreshedAtMs;
  }

  get models(): readonly ModelSnapshot[] {
    return this.#snapshots;
  }

  refresh(): Promise<void> {
    this.#refreshing ??= this.#load().finally(() => {
      this.#refreshing = undefined;
    });
    return this.#refreshing;
  }

  /** Throws `model_unknown` with the names that exist. */
  async resolve(name: string): Promise<ModelSnapshot> {
    const known = this.#find(name);
    if (known) return known;
    if (this.ageMs > lookAgainAfterMs) await this.#lookAgain();
    const found = this.#find(name);
    if (found) return found;
    const names = this.#snapshots.flatMap(({ record }) => [record.name, ...record.aliases]);
    const there = names.length === 0 ? 'no model has been served here yet' : `there are: ${names.join(', ')}`;
    throw new ServiceError('model_unknown', `model: there is no "${name.slice(0, 80)}"; ${there}`);
  }

  /**
   * A live model before one that is away, since a model may have been renamed and kept its old name as an alias; then the
   * name before an alias, and the one that was seen last.
   */
  #find(name: string): ModelSnapshot | undefined {
    const named = this.#snapshots.filter(
      ({ record }) => record.name === name || record.aliases.includes(name),
    );
    const live = named.filter(({ workers }) => workers.some((worker) => worker.state !== 'failed'));
    const candidates = live.length > 0 ? live : named;
    return (
      candidates.find(({ record }) => record.name === name) ??
      candidates.toSorted((a, b) => b.lastSeenMs - a.lastSeenMs)[0]
    );
  }

  async #lookAgain(): Promise<void> {
    try {
      await this.refresh();
    } catch (error) {
      throw new ServiceError('redis_unavailable', 'the queue cannot be reached', { cause: error });
    }
  }

  async #load(): Promise<void> {
    this.#snapshots = await this.#store.list();
    this.#refreshedAtMs = this.#now();
  }
}

/** A model's state is that of its best worker; without one it is away. */
export function stateOf({ workers }: ModelSnapshot): Pick<ModelStatus, 'state' | 'reason'> {
  const ready = workers.filter((worker) => worker.state === 'ready');
  const versions = [...new Set(ready.map((worker) => worker.sha256.slice(0, 12)))];
  if (versions.length > 1) {
    return { state: 'ready', reason: `conflict: workers serve different files (${versions.join(', ')})` };
  }
  if (ready.length > 0) return { state: 'ready' };
  if (workers.some((worker) => worker.state === 'loading')) return { state: 'loading' };
  const failed = workers.find((worker) => worker.state === 'failed');
  if (!failed) return { state: 'away' };
  return { state: 'failed', ...(failed.reason === undefined ? {} : { reason: failed.reason }) };
}
