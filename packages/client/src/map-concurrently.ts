/**
 * Work on many inputs at once, as an iterator. It knows nothing of pictures or servers. Memory is flat whatever the source: no more
 * than twice `concurrency` inputs are ever taken and not handed on, so that a slow consumer slows the source.
 */
import { reasonOf } from './on-abort.ts';
import { linkSignals, orAborted } from './link-signals.ts';

export type Source<Input> = Iterable<Input> | AsyncIterable<Input>;

export interface MapTerms {
  readonly concurrency: number;
  readonly isOrdered: boolean;
  readonly signal?: AbortSignal | undefined;
}

type Settled<Output> = { readonly output: Output } | { readonly error: unknown };

/** `work` is told by its signal when nobody wants its output any more. The first that throws ends the iteration, and the others. */
export async function* mapConcurrently<Input, Output>(
  source: Source<Input>,
  work: (input: Input, index: number, signal: AbortSignal) => Promise<Output>,
  { concurrency, isOrdered, signal }: MapTerms,
): AsyncGenerator<Output, void, undefined> {
  const link = linkSignals(signal);
  const settled = new Map<number, Settled<Output>>();
  const changes = new Bell();
  let taken = 0;
  let handedOn = 0;
  let working = 0;
  let hasEnded = false;
  /** The source has ended by itself, and needs no closing. */
  let isExhausted = false;
  const isFull = (): boolean => working >= concurrency || taken - handedOn >= 2 * concurrency;

  const start = async (input: Input, index: number): Promise<void> => {
    working += 1;
    const outcome = await work(input, index, link.signal).then(
      (output) => ({ output }),
      (error: unknown) => ({ error }),
    );
    working -= 1;
    settled.set(index, outcome);
    changes.ring();
  };

  const iterator = iteratorOf(source);
  const take = async (): Promise<void> => {
    try {
      for (;;) {
        while (isFull() && !link.signal.aborted) await changes.heard();
        if (link.signal.aborted) return;
        const next = await iterator.next();
        isExhausted = next.done === true;
        if (next.done === true || link.signal.aborted) return;
        void start(next.value, taken);
        taken += 1;
      }
    } catch (error) {
      // A source that fails has its turn behind what came out of it.
      isExhausted = true;
      settled.set(taken, { error });
      taken += 1;
    } finally {
      hasEnded = true;
      changes.ring();
    }
  };

  try {
    if (link.signal.aborted) throw reasonOf(link.signal);
    void take();
    for (;;) {
      const index = isOrdered ? handedOn : settled.keys().next().value;
      const outcome = index === undefined ? undefined : settled.get(index);
      if (index !== undefined && outcome !== undefined) {
        settled.delete(index);
        if ('error' in outcome) throw outcome.error;
        handedOn += 1;
        changes.ring();
        yield outcome.output;
        if (link.signal.aborted) throw reasonOf(link.signal);
      } else if (hasEnded && handedOn === taken) return;
      else await orAborted(changes.heard(), link.signal);
    }
  } finally {
    link.abort();
    link.release();
    changes.ring();
    // One that is waiting for its next value would not answer before that comes.
    if (!isExhausted) void Promise.resolve(iterator.return?.()).catch(() => undefined);
  }
}

interface AnyIterator<Input> {
  next(): Promise<IteratorResult<Input, unknown>> | IteratorResult<Input, unknown>;
  return?(): unknown;
}

function iteratorOf<Input>(source: Source<Input>): AnyIterator<Input> {
  return Symbol.asyncIterator in source ? source[Symbol.asyncIterator]() : source[Symbol.iterator]();
}

/** Wakes all who listen. Whoever looks again before listening misses nothing, since nothing happens in between. */
class Bell {
  #listeners: (() => void)[] = [];

  ring(): void {
    const listeners = this.#listeners;
    this.#listeners = [];
    for (const wake of listeners) wake();
  }

  async heard(): Promise<void> {
    await new Promise<void>((resolve) => this.#listeners.push(resolve));
  }
}
