/**
 * A worker's sign of life: records its model, claims the names it answers to, and says again and again who it is and
 * how it is. States: loading → ready, or loading → failed, which is said once and stays readable for a while.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import {
  announcementIntervalMs,
  announcementTtlMs,
  type ModelRecord,
  type WorkerAnnouncement,
} from '@shoal/shared/contract';
import type { ModelStore, NameConflict } from '@shoal/shared/redis';
import type { Logger } from '@shoal/shared/service';

const retryClaimMs = 250;

export class NameTakenError extends Error {
  override readonly name = 'NameTakenError';
}

export class Announcer {
  readonly #store: ModelStore;
  readonly #log: Logger;
  readonly #readPace: () => number | undefined;
  #record: ModelRecord;
  #worker: WorkerAnnouncement;
  #timer: NodeJS.Timeout | undefined;
  #beating: Promise<void> = Promise.resolve();

  /** `readPace` is asked with each announcement for the pictures a second that this worker gets done. */
  constructor(
    store: ModelStore,
    record: ModelRecord,
    worker: WorkerAnnouncement,
    log: Logger,
    readPace: () => number | undefined = () => undefined,
  ) {
    this.#store = store;
    this.#readPace = readPace;
    this.#record = record;
    this.#worker = worker;
    this.#log = log;
  }

  /** Throws a NameTakenError when another live model has this one's name or an alias of it. */
  async start(): Promise<void> {
    const conflict = await this.#claimWithin(announcementTtlMs + announcementIntervalMs);
    if (conflict) {
      throw new NameTakenError(
        `the model ${this.#record.name} cannot answer to "${conflict.name}": the model ${conflict.owner} does, and is alive`,
      );
    }
    await this.#store.recordModel(this.#record, Date.now());
    await this.#store.announce(this.#worker, Date.now());
    this.#timer = setInterval(() => {
      this.#beating = this.#beat().catch((error: unknown) =>
        this.#log.warn({ err: error }, 'could not announce this worker'),
      );
    }, announcementIntervalMs);
  }

  /**
   * The record is told again, since loading the file may have shown more of the model than its manifest;
   * `device` is where it is really computed.
   */
  async becomeReady(record: ModelRecord, device: string): Promise<void> {
    this.#record = record;
    this.#worker = { ...this.#worker, state: 'ready', device };
    await this.#store.recordModel(this.#record, Date.now());
    await this.#store.announce(this.#worker, Date.now());
  }

  async becomeFailed(reason: string): Promise<void> {
    this.#worker = { ...this.#worker, state: 'failed', reason };
    await this.#store.announce(this.#worker, Date.now());
  }

  /** A worker that failed leaves its reason behind; any other is gone at once. */
  async stop(): Promise<void> {
    clearInterval(this.#timer);
    // A beat under way would announce once more what is just being withdrawn.
    await this.#beating;
    if (this.#worker.state !== 'failed') await this.#store.withdraw(this.#worker);
  }

  /** A model that has just left still holds its names for as long as its last sign of life lasts. */
  async #claimWithin(withinMs: number): Promise<NameConflict | undefined> {
    const endMs = Date.now() + withinMs;
    for (;;) {
      const conflict = await this.#store.claimNames(this.#record);
      if (conflict === undefined || Date.now() >= endMs) return conflict;
      await sleep(retryClaimMs);
    }
  }

  async #beat(): Promise<void> {
    const conflict = await this.#store.claimNames(this.#record);
    if (conflict)
      this.#log.error({ conflict }, 'another model has taken a name of this one while Redis was away');
    // Redis may have come back empty.
    if (!(await this.#store.isRecorded(this.#record.name)))
      await this.#store.recordModel(this.#record, Date.now());
    const itemsPerS = this.#readPace();
    await this.#store.announce(
      { ...this.#worker, ...(itemsPerS !== undefined && { itemsPerS }) },
      Date.now(),
    );
  }
}
