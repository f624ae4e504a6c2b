/** Many pictures, each predicted on its own: a failure is an item or the end, as its caller wants it. */
import type { Prediction } from './answer-form.ts';
import type { MapOptions, PredictOptions } from './call-options.ts';
import type { ImageInput } from './image-input.ts';
import { linkSignals } from './link-signals.ts';
import { mapConcurrently } from './map-concurrently.ts';
import { ShoalError } from './shoal-error.ts';

export type ImageSource<Input> = Iterable<Input> | AsyncIterable<Input>;

export interface MapSuccess<Input> {
  /** Its place in the input, from 0. */
  readonly index: number;
  readonly input: Input;
  readonly prediction: Prediction;
  readonly error?: undefined;
}

export interface MapFailure<Input> {
  readonly index: number;
  readonly input: Input;
  readonly prediction?: undefined;
  readonly error: ShoalError;
}

export type MapItem<Input> = MapSuccess<Input> | MapFailure<Input>;

const concurrencyUsual = 8;

export function mapImages<Input extends ImageInput>(
  images: ImageSource<Input>,
  options: MapOptions<Input>,
  predict: (image: Input, options: PredictOptions) => Promise<Prediction>,
): AsyncGenerator<MapItem<Input>, void, undefined> {
  const {
    concurrency = concurrencyUsual,
    ordered = true,
    returnExceptions = false,
    optionsOf,
    ...common
  } = options;
  if (!Number.isInteger(concurrency) || concurrency < 1) {
    throw new RangeError(`concurrency: expected a whole number from 1, came ${concurrency}`);
  }
  const work = async (input: Input, index: number, signal: AbortSignal): Promise<MapItem<Input>> => {
    const own = { ...common, ...optionsOf?.(input, index) };
    const link = linkSignals(signal, own.signal === options.signal ? undefined : own.signal);
    try {
      return { index, input, prediction: await predict(input, { ...own, signal: link.signal }) };
    } catch (cause) {
      if (!returnExceptions) throw cause;
      if (cause instanceof ShoalError) return { index, input, error: cause };
      // One of many was aborted by a signal of its own.
      if (!link.signal.aborted) throw cause;
      return { index, input, error: new ShoalError('canceled', 'canceled by its caller', { cause }) };
    } finally {
      link.release();
    }
  };
  return mapConcurrently(images, work, { concurrency, isOrdered: ordered, signal: options.signal });
}
