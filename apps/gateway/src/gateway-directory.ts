/**
 * This gateway among the others: says its own address again and again while it takes requests, and knows those of all. A
 * Redis that is away changes nothing of what was known, so that the front door keeps its way to those who are here.
 */
import { gatewayAnnouncementIntervalMs } from '@shoal/shared/contract';
import type { GatewayStore } from '@shoal/shared/redis';
import type { Logger } from '@shoal/shared/service';

export class GatewayDirectory {
  readonly #store: GatewayStore;
  readonly #log: Logger;
  #known: readonly string[] = [];
  #timer: NodeJS.Timeout | undefined;
  #ownUrl: string | undefined;
  #isLeaving = false;
  #beating: Promise<void> = Promise.resolve();

  constructor(store: GatewayStore, log: Logger) {
    this.#store = store;
    this.#log = log;
  }

  /** From now on `url` is announced, except while `isReady` says no: nobody is led to a door that is closed. */
  announce(url: string, isReady: () => boolean): void {
    this.#ownUrl = url;
    const beat = () => {
      if (isReady()) this.#beating = this.#beat(url);
    };
    this.#timer = setInterval(beat, gatewayAnnouncementIntervalMs);
    beat();
  }

  /** Takes the address back, once, and never fails: an address that is not renewed expires by itself. */
  async withdraw(): Promise<void> {
    clearInterval(this.#timer);
    const url = this.#ownUrl;
    if (url === undefined || this.#isLeaving) return;
    this.#isLeaving = true;
    // A beat that is under way would write the address again.
    await this.#beating;
    await this.#store
      .withdraw(url)
      .catch((error: unknown) => this.#log.warn({ err: error }, 'could not withdraw this gateway'));
  }

  /** Sorted, each once. */
  async urls(): Promise<readonly string[]> {
    this.#known = await this.#store.list().catch(() => this.#known);
    const others = this.#known.filter((url) => url !== this.#ownUrl);
    if (this.#ownUrl === undefined || this.#isLeaving) return others;
    // Redis may have come back empty, and the next beat be yet to come.
    return [...others, this.#ownUrl].toSorted();
  }

  async #beat(url: string): Promise<void> {
    await this.#store
      .announce(url)
      .catch((error: unknown) => this.#log.warn({ err: error }, 'could not announce this gateway'));
  }
}
