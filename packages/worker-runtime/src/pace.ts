/**
 * How many pictures a second this worker gets done when it has all it can do: the figure by which gateways tell how long
 * others will wait. It counts only the time in which at least half of its slots were taken, which is what it can compute at
 * once, since a worker that waits for work says nothing about its speed; before there was such a time, the engine's own speed stands in.
 */

/** Less busy time than this says too little. */
const busyMsMin = 500;
/** A measurement is forgotten when there was no busy time after it for this long: the engine's own speed is newer. */
const measuredMsMax = 30_000;
/** Weight of the newest measurement; the rest is what was known before. */
const newestWeight = 0.5;

export class Pace {
  readonly #busyFrom: number;
  readonly #now: () => number;
  #inFlight = 0;
  /** Whether several were in flight at once since there last was none, and in the time before that. */
  #hasMet = false;
  #hadMet = false;
  #busySinceMs: number | undefined;
  #busyMs = 0;
  #doneWhileBusy = 0;
  #itemsPerS: number | undefined;
  #measuredAtMs = 0;

  constructor(slots: number, now: () => number = Date.now) {
    this.#busyFrom = Math.ceil(slots / 2);
    this.#now = now;
  }

  /**
   * Whether a picture in flight is the only one, and the one before it was: of callers who take turns the next one is on its
   * way, though it may not be here yet.
   */
  get isAlone(): boolean {
    return this.#inFlight <= 1 && !this.#hasMet && !this.#hadMet;
  }

  began(): void {
    this.#inFlight += 1;
    if (this.#inFlight > 1) this.#hasMet = true;
    if (this.#inFlight >= this.#busyFrom) this.#busySinceMs ??= this.#now();
  }

  /** Whether the picture was computed: one that expired took no time. */
  left(wasComputed: boolean): void {
    if (wasComputed && this.#busySinceMs !== undefined) this.#doneWhileBusy += 1;
    this.#inFlight -= 1;
    if (this.#inFlight < this.#busyFrom) this.#endBusy();
    if (this.#inFlight > 0) return;
    this.#hadMet = this.#hasMet;
    this.#hasMet = false;
  }

  /** `engineItemsPerS` stands in while nothing was measured. Undefined while nobody knows. */
  read(engineItemsPerS: number | undefined): number | undefined {
    if (this.#busySinceMs !== undefined) {
      this.#endBusy();
      this.#busySinceMs = this.#now();
    }
    if (this.#busyMs >= busyMsMin && this.#doneWhileBusy > 0) {
      const measured = (1000 * this.#doneWhileBusy) / this.#busyMs;
      this.#itemsPerS =
        this.#itemsPerS === undefined
          ? measured
          : newestWeight * measured + (1 - newestWeight) * this.#itemsPerS;
      this.#busyMs = 0;
      this.#doneWhileBusy = 0;
      this.#measuredAtMs = this.#now();
    }
    if (engineItemsPerS !== undefined && this.#now() - this.#measuredAtMs > measuredMsMax) {
      this.#itemsPerS = undefined;
    }
    return this.#itemsPerS ?? engineItemsPerS;
  }

  #endBusy(): void {
    if (this.#busySinceMs === undefined) return;
    this.#busyMs += this.#now() - this.#busySinceMs;
    this.#busySinceMs = undefined;
  }
}
