/** One worker's hold on one GPU: taken at start, said again while the worker lives, given back at its end. */
import { announcementIntervalMs } from '@shoal/shared/contract';
import type { GpuStore } from '@shoal/shared/redis';
import type { Logger } from '@shoal/shared/service';

export class GpuLease {
  /** CUDA's number of the GPU. */
  readonly index: number;
  readonly #store: GpuStore;
  readonly #gpu: string;
  readonly #workerId: string;
  readonly #timer: NodeJS.Timeout;

  private constructor(store: GpuStore, gpu: string, index: number, workerId: string, log: Logger) {
    this.index = index;
    this.#store = store;
    this.#gpu = gpu;
    this.#workerId = workerId;
    this.#timer = setInterval(() => {
      store
        .renew(gpu, workerId, Date.now())
        .catch((error: unknown) => log.warn({ err: error }, 'could not renew the hold on the GPU'));
    }, announcementIntervalMs);
    this.#timer.unref();
  }

  /** `gpus` by CUDA index, at least one. */
  static async take(
    store: GpuStore,
    gpus: readonly string[],
    workerId: string,
    log: Logger,
  ): Promise<GpuLease> {
    const index = await store.lease(gpus, workerId, Date.now());
    return new GpuLease(store, gpus[index]!, index, workerId, log);
  }

  async release(): Promise<void> {
    clearInterval(this.#timer);
    await this.#store.release(this.#gpu, this.#workerId);
  }
}
