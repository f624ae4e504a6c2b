/** The client: what a program calls. Each call has a budget and a key of its own; how a request is sent stands elsewhere. */
import type { FinalPrediction, ModelStatus, Prediction, PredictionState } from './answer-form.ts';
import { heldBytesOf } from './build-form.ts';
import type {
  CallOptions,
  MapOptions,
  PredictOptions,
  ShoalClientOptions,
  SubmitOptions,
} from './call-options.ts';
import { systemClock } from './clock.ts';
import { followEvents, type PredictionEvent } from './follow-events.ts';
import { HttpExchange } from './http-exchange.ts';
import { newIdempotencyKey } from './idempotency-key.ts';
import type { ImageInput } from './image-input.ts';
import { LocalQueue, type QueuedPrediction } from './local-queue.ts';
import { mapImages, type ImageSource, type MapItem, type MapSuccess } from './map-images.ts';
import { Patience, type RetryPolicy } from './patience.ts';
import { PredictionCalls } from './prediction-calls.ts';
import { readModel, readModels } from './read-answer.ts';
import type { Statistics } from './statistics.ts';

const usual = {
  budgetMs: 120_000,
  requestTimeoutMs: 15_000,
  uploadTimeoutMs: 120_000,
  backoffMs: { first: 500, max: 10_000 },
} as const;

export class ShoalClient {
  readonly #budgetMs: number;
  readonly #requestTimeoutMs: number;
  readonly #policy: RetryPolicy;
  readonly #http: HttpExchange;
  readonly #calls: PredictionCalls;
  readonly #queue: LocalQueue | undefined;
  readonly #counts = { sent: 0, succeeded: 0, failed: 0, retried: 0 };

  /** Throws a `TypeError` where `url` is none. */
  constructor(options: ShoalClientOptions) {
    const { apiKey, onRetry, clock = systemClock } = options;
    this.#budgetMs = options.budgetMs ?? usual.budgetMs;
    this.#requestTimeoutMs = options.requestTimeoutMs ?? usual.requestTimeoutMs;
    this.#policy = {
      clock,
      random: options.random ?? Math.random,
      backoffMs: options.backoffMs ?? usual.backoffMs,
      attemptsMax: options.attemptsMax ?? Infinity,
      onRetry: (retry) => {
        this.#counts.retried += 1;
        onRetry?.(retry);
      },
    };
    this.#http = new HttpExchange({
      url: options.url,
      apiKey: typeof apiKey === 'function' ? apiKey : () => apiKey,
      headers: options.headers ?? {},
      // Called as a method of something else, the one of a browser refuses.
      fetch: options.fetch ?? ((url, init) => fetch(url, init)),
      clock,
    });
    this.#calls = new PredictionCalls({
      http: this.#http,
      policy: this.#policy,
      requestTimeoutMs: this.#requestTimeoutMs,
      uploadTimeoutMs: options.uploadTimeoutMs ?? usual.uploadTimeoutMs,
    });
    this.#queue = options.queue && new LocalQueue(options.queue);
  }

  /** A snapshot. */
  get statistics(): Statistics {
    return { ...this.#counts, queued: this.#queue?.length ?? 0 };
  }

  /** The models that are served. */
  async models(options: CallOptions = {}): Promise<readonly ModelStatus[]> {
    return this.#read('v1/models', readModels, options);
  }

  /** One of them, by its name or an alias. */
  async model(name: string, options: CallOptions = {}): Promise<ModelStatus> {
    return this.#read(`v1/models/${encodeURIComponent(name)}`, readModel, options);
  }

  /** The detections, or a `ShoalError`. An abort throws the signal's reason and cancels on the server, too. */
  async predict(image: ImageInput, options: PredictOptions): Promise<Prediction> {
    const patience = this.#patience(options);
    patience.check();
    this.#counts.sent += 1;
    return this.#counted(this.#calls.predict(image, keyed(options), patience));
  }

  /**
   * Many pictures, as an iterator that takes no more from its source than it works on. Leaving it cancels what is under way. Without
   * `returnExceptions` the first failure is thrown, which leaves it, too.
   */
  map<Input extends ImageInput>(
    images: ImageSource<Input>,
    options: MapOptions<Input> & { readonly returnExceptions: true },
  ): AsyncGenerator<MapItem<Input>, void, undefined>;
  map<Input extends ImageInput>(
    images: ImageSource<Input>,
    options: MapOptions<Input> & { readonly returnExceptions?: false | undefined },
  ): AsyncGenerator<MapSuccess<Input>, void, undefined>;
  map<Input extends ImageInput>(
    images: ImageSource<Input>,
    options: MapOptions<Input>,
  ): AsyncGenerator<MapItem<Input>, void, undefined>;
  map<Input extends ImageInput>(
    images: ImageSource<Input>,
    options: MapOptions<Input>,
  ): AsyncGenerator<MapItem<Input>, void, undefined> {
    return mapImages(images, options, (image, one) => this.predict(image, one));
  }

  /** Hands a picture over without waiting for its answer, which is there already if its key came before. */
  async submit(image: ImageInput, options: SubmitOptions): Promise<PredictionState> {
    const patience = this.#patience(options);
    patience.check();
    this.#counts.sent += 1;
    return this.#calls.submit(image, keyed(options), patience);
  }

  /** How a prediction stands, now. */
  async get(id: string, options: CallOptions = {}): Promise<PredictionState> {
    return this.#calls.get(id, this.#patience(options));
  }

  /** Its answer, as soon as there is one. A prediction that ends otherwise is a `ShoalError`. An abort does not cancel it. */
  async wait(id: string, options: CallOptions & Pick<PredictOptions, 'onState'> = {}): Promise<Prediction> {
    return this.#counted(this.#calls.wait(id, options.onState, this.#patience(options)));
  }

  /** Resolves to the state that stands: canceled, or the answer that was there first. */
  async cancel(id: string, options: CallOptions = {}): Promise<FinalPrediction> {
    return this.#calls.cancel(id, this.#patience(options));
  }

  /** What becomes of a prediction; ends after its result. A stream that breaks off is taken up again. There is no budget unless given. */
  events(id: string, options: CallOptions = {}): AsyncGenerator<PredictionEvent, void, undefined> {
    return followEvents(id, this.#http, this.#patience({ budgetMs: Infinity, ...options }));
  }

  /**
   * Hands it to the local queue, which sends it as soon as the server takes it, however long that is: `budgetMs` is endless unless given,
   * and begins with its turn. Throws `queue_full` at once.
   */
  enqueue(image: ImageInput, options: PredictOptions): QueuedPrediction {
    if (this.#queue === undefined) throw new TypeError('this client has no local queue: give it `queue`');
    const given = keyed(options);
    const budgetMs = given.budgetMs ?? Infinity;
    const send = (signal: AbortSignal): Promise<Prediction> =>
      this.predict(image, { ...given, budgetMs, signal });
    return this.#queue.enqueue(given.idempotencyKey, heldBytesOf(image), send, given.signal);
  }

  /** Resolves when nothing is held in the local queue any more. */
  async drain({ signal }: Pick<CallOptions, 'signal'> = {}): Promise<void> {
    await this.#queue?.drained(signal);
  }

  /** Ends the local queue, whose rest is canceled. Resolves when the server knows of all that were canceled, or cannot be told. */
  async close(): Promise<void> {
    await this.#queue?.close();
    await this.#calls.settled();
  }

  #patience({ budgetMs, signal }: CallOptions): Patience {
    return new Patience(this.#policy, budgetMs ?? this.#budgetMs, signal);
  }

  async #read<T>(path: string, read: (body: unknown) => T, options: CallOptions): Promise<T> {
    const patience = this.#patience(options);
    return patience.repeat(async () => {
      const timeoutMs = Math.min(this.#requestTimeoutMs, patience.remainingMs);
      const { body } = await this.#http.send({ method: 'GET', path, timeoutMs, signal: patience.signal });
      return read(body);
    });
  }

  async #counted(prediction: Promise<Prediction>): Promise<Prediction> {
    try {
      const answer = await prediction;
      this.#counts.succeeded += 1;
      return answer;
    } catch (error) {
      this.#counts.failed += 1;
      throw error;
    }
  }
}

function keyed<Options extends SubmitOptions>(
  options: Options,
): Options & { readonly idempotencyKey: string } {
  return { ...options, idempotencyKey: options.idempotencyKey ?? newIdempotencyKey() };
}
