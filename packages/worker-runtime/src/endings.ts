/**
 * Predictions that end while this worker has them: canceled, or past their deadline. Whoever ends one tells every worker of
 * the model, so that it costs no more work here. Only a saving: a word that is lost costs an inference, never an answer.
 */
import { ServiceError, type Keys } from '@shoal/shared/contract';
import { keepSubscribed, type Redis } from '@shoal/shared/redis';
import type { Logger } from '@shoal/shared/service';

export interface TrackedJob {
  /** Aborted with a `canceled` ServiceError when the prediction has ended elsewhere. */
  readonly signal: AbortSignal;
  readonly forget: () => void;
}

export class Endings {
  readonly #tracked = new Map<string, AbortController>();

  listen(subscriber: Redis, keys: Keys, model: string, log: Logger): void {
    subscriber.on('message', (_channel: string, id: string) => this.end(id));
    keepSubscribed(subscriber, keys.ended(model), (error) =>
      log.debug({ err: error }, 'what ends elsewhere is computed all the same'),
    );
  }

  track(id: string): TrackedJob {
    const controller = new AbortController();
    this.#tracked.set(id, controller);
    return {
      signal: controller.signal,
      forget: () => {
        if (this.#tracked.get(id) === controller) this.#tracked.delete(id);
      },
    };
  }

  end(id: string): void {
    this.#tracked.get(id)?.abort(new ServiceError('canceled', 'ended before it was computed'));
  }
}
