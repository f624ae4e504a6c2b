/**
 * One source for two readers: each gets every item, in order. Only what one reader is ahead of the other is held. Unlike a branch
 * of a stream, a reader that ends does not wait for the other one to end as well.
 */
export function tee<T>(source: AsyncIterable<T>): {
  readonly readers: readonly [AsyncIterable<T>, AsyncIterable<T>];
  /** Ends the source. */
  readonly end: () => Promise<void>;
} {
  const iterator = source[Symbol.asyncIterator]();
  const held: readonly [T[], T[]] = [[], []];
  let turn: Promise<void> = Promise.resolve();
  let isOver = false;

  async function takeFor(own: readonly T[]): Promise<void> {
    // The other reader may have taken it meanwhile.
    if (own.length > 0 || isOver) return;
    const next = await iterator.next();
    if (next.done === true) isOver = true;
    else for (const items of held) items.push(next.value);
  }

  async function* read(own: T[]): AsyncGenerator<T> {
    for (;;) {
      if (own.length === 0) {
        const mine = turn.then(() => takeFor(own));
        turn = mine.catch(() => undefined);
        await mine;
      }
      if (own.length === 0) return;
      yield own.shift()!;
    }
  }

  return {
    readers: [read(held[0]), read(held[1])],
    end: async () => {
      await iterator.return?.();
    },
  };
}
