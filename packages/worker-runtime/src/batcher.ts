/**
 * Greedy batching: while the engine works, items gather; whenever it is free it takes what is there, up to the cap. No
 * timer ever holds an item back. It knows nothing of pictures: what a batch is computed with is passed in.
 */

export interface BatchItem {
  /** Epoch milliseconds; an item that is still waiting then is not computed. */
  readonly deadlineAtMs: number;
  /** An item whose signal is aborted while it waits is rejected with its reason. */
  readonly signal: AbortSignal;
}

export type ItemOutcome<Output> =
  { readonly ok: true; readonly output: Output } | { readonly ok: false; readonly error: Error };

export interface Batched<Output> {
  readonly output: Output;
  /** From handing in the item to the start of its batch, in milliseconds. */
  readonly batchMs: number;
}

interface Waiting<Item, Output> {
  readonly item: Item;
  readonly sinceMs: number;
  resolve(batched: Batched<Output>): void;
  reject(error: Error): void;
}

export interface BatcherOptions<Item, Output> {
  readonly batchMax: number;
  /**
   * A batch takes no more items than are computed within this, by what items took so far; a slow device must not be
   * taken for a stuck one. The first item is computed alone.
   */
  readonly batchMsMax: number;
  /** Batches that may be computed at the same time. */
  readonly lanes: number;
  /** How many of the lanes may be used at present, at least one; absent: all. */
  readonly lanesNow?: () => number;
  /**
   * Whether whoever is outside knows of nothing else that needs the machine; absent: something always does. Items that are
   * computed alone are faster than others, and tell nothing of how long those take.
   */
  readonly isAlone?: () => boolean;
  /**
   * One outcome an item, in order; `isAlone` where nothing else is computed and nothing waits. Rejects only when the engine
   * itself is broken.
   */
  readonly compute: (items: readonly Item[], isAlone: boolean) => Promise<readonly ItemOutcome<Output>[]>;
  readonly expire: (item: Item) => Error;
  readonly now?: () => number;
}

export class Batcher<Item extends BatchItem, Output> {
  readonly #options: BatcherOptions<Item, Output>;
  readonly #now: () => number;
  #waiting: Waiting<Item, Output>[] = [];
  #busyLanes = 0;
  /** Moving average over batches. */
  #itemMs: number | undefined;

  constructor(options: BatcherOptions<Item, Output>) {
    this.#options = options;
    this.#now = options.now ?? Date.now;
  }

  /** Items a second that a full engine computes, by what items took so far; undefined before the first. */
  get itemsPerS(): number | undefined {
    return this.#itemMs === undefined ? undefined : (1000 * this.#lanesNow) / Math.max(this.#itemMs, 0.1);
  }

  submit(item: Item): Promise<Batched<Output>> {
    return new Promise((resolve, reject) => {
      this.#waiting.push({ item, sinceMs: this.#now(), resolve, reject });
      this.#fillLanes();
    });
  }

  get #lanesNow(): number {
    const { lanes, lanesNow } = this.#options;
    return Math.min(lanes, lanesNow?.() ?? lanes);
  }

  #fillLanes(): void {
    while (this.#busyLanes < this.#lanesNow && this.#waiting.length > 0) {
      const batch = this.#takeBatch();
      if (batch.length === 0) return;
      const isOnlyOne = this.#busyLanes === 0 && batch.length === 1 && this.#waiting.length === 0;
      const isAlone = isOnlyOne && this.#options.isAlone?.() === true;
      this.#busyLanes += 1;
      void this.#runBatch(batch, isAlone).finally(() => {
        this.#busyLanes -= 1;
        this.#fillLanes();
      });
    }
  }

  #takeBatch(): Waiting<Item, Output>[] {
    const nowMs = this.#now();
    const batch: Waiting<Item, Output>[] = [];
    const itemsMax = this.#itemsMax();
    while (batch.length < itemsMax && this.#waiting.length > 0) {
      const next = this.#waiting.shift()!;
      if (next.item.signal.aborted) next.reject(next.item.signal.reason as Error);
      else if (next.item.deadlineAtMs <= nowMs) next.reject(this.#options.expire(next.item));
      else batch.push(next);
    }
    return batch;
  }

  #itemsMax(): number {
    const { batchMax, batchMsMax } = this.#options;
    if (this.#itemMs === undefined) return 1;
    const inTime = Math.floor(batchMsMax / Math.max(this.#itemMs, 1));
    return Math.max(1, Math.min(batchMax, inTime));
  }

  #learn(itemMs: number): void {
    this.#itemMs = this.#itemMs === undefined ? itemMs : 0.7 * this.#itemMs + 0.3 * itemMs;
  }

  async #runBatch(batch: readonly Waiting<Item, Output>[], isAlone: boolean): Promise<void> {
    const startedMs = this.#now();
    try {
      const items = batch.map((waiting) => waiting.item);
      const outcomes = await this.#options.compute(items, isAlone);
      if (!isAlone) this.#learn((this.#now() - startedMs) / batch.length);
      for (const [index, waiting] of batch.entries()) {
        const outcome = outcomes[index];
        if (outcome === undefined)
          waiting.reject(new Error('the engine answered with fewer results than items'));
        else if (outcome.ok)
          waiting.resolve({ output: outcome.output, batchMs: startedMs - waiting.sinceMs });
        else waiting.reject(outcome.error);
      }
    } catch (error) {
      for (const waiting of batch) waiting.reject(error instanceof Error ? error : new Error(String(error)));
    }
  }
}
