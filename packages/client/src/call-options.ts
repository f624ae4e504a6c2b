/** What a caller may ask for: of the model, of the server, and of this library. */
import type { OpenPrediction } from './answer-form.ts';
import type { PredictionRequest } from './api-contract.ts';
import type { ImageInput } from './image-input.ts';
import type { ShoalError } from './shoal-error.ts';

export type Priority = NonNullable<PredictionRequest['priority']>;

type Optional<T> = { readonly [Name in keyof T]?: T[Name] | undefined };

/** What the server is asked, as its API describes it. Absent means the model's or the server's default. */
export interface PredictionOptions extends Optional<
  Omit<PredictionRequest, 'image' | 'model' | 'deadlineMs'>
> {
  /** Name or alias. */
  readonly model: string;
  /**
   * The server ends the prediction after this. Absent: what is left of the budget for whoever waits for the answer, and the server's
   * own default otherwise.
   */
  readonly deadlineMs?: number | undefined;
}

export interface CallOptions {
  readonly signal?: AbortSignal | undefined;
  /** Everything together, pauses and repetitions included; `Infinity` for no end. */
  readonly budgetMs?: number | undefined;
}

export interface SubmitOptions extends PredictionOptions, CallOptions {
  /** Made by the library for each call if absent. */
  readonly idempotencyKey?: string | undefined;
}

export interface PredictOptions extends SubmitOptions {
  /** Told how the prediction stands, whenever that changes, until it has its answer. */
  readonly onState?: ((state: OpenPrediction) => void) | undefined;
}

/** `budgetMs` is that of each picture and begins when its turn comes. */
export interface MapOptions<Input extends ImageInput = ImageInput> extends Omit<
  PredictOptions,
  'idempotencyKey' | 'onState'
> {
  /** Pictures under way at once; 8 if absent. */
  readonly concurrency?: number | undefined;
  /** A picture that fails is an item with an `error`; without it the first failure ends the iteration. */
  readonly returnExceptions?: boolean | undefined;
  /** In the order of the input (the default), or as they complete. */
  readonly ordered?: boolean | undefined;
  /** What is different for one picture. */
  readonly optionsOf?: ((input: Input, index: number) => Partial<PredictOptions>) | undefined;
}

export interface QueueOptions {
  readonly itemsMax: number;
  readonly bytesMax: number;
  /** Under way at once; 8 if absent. */
  readonly concurrency?: number | undefined;
}

/** A pause before a request is sent again. */
export interface Retry {
  readonly error: ShoalError;
  /** 1 for the first repetition. */
  readonly attempt: number;
  readonly delayMs: number;
}

/** The seams at which a test takes hold. */
export interface Clock {
  /** Milliseconds that never go backwards. */
  nowMs(): number;
  /** Epoch milliseconds, for `Retry-After` as a date. */
  epochMs(): number;
  /** Rejects with the signal's reason when it is aborted. */
  sleep(ms: number, signal?: AbortSignal): Promise<void>;
}

export interface ShoalClientOptions {
  /** Where the server is, with the path below which it lies, if any. */
  readonly url: string | URL;
  /** Or a function that is asked before each request. */
  readonly apiKey?: string | (() => string | undefined) | undefined;
  /** Of every call that says nothing else: 120 s. */
  readonly budgetMs?: number | undefined;
  /** A request may take this long beyond the time that it asks the server to wait, or it is sent again: 15 s. */
  readonly requestTimeoutMs?: number | undefined;
  /** A request with a picture may take this long instead: 120 s, as the server's own limit. */
  readonly uploadTimeoutMs?: number | undefined;
  /** The first pause is up to this long, each further one up to twice as long, and none longer than the second. */
  readonly backoffMs?: { readonly first: number; readonly max: number } | undefined;
  /** A call gives up when this many requests in a row have failed; endless if absent, since the budget ends it. */
  readonly attemptsMax?: number | undefined;
  /** Needed for `enqueue`. */
  readonly queue?: QueueOptions | undefined;
  readonly onRetry?: ((retry: Retry) => void) | undefined;
  /** Sent with every request. */
  readonly headers?: Readonly<Record<string, string>> | undefined;
  readonly fetch?: ((url: string, init: RequestInit) => Promise<Response>) | undefined;
  readonly clock?: Clock | undefined;
  /** 0 to 1, as `Math.random`. */
  readonly random?: (() => number) | undefined;
}
