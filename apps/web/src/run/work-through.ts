/**
 * Works through a line of pictures, some at once. What would fail for every picture (a dead gateway, a full queue) holds
 * the whole line: one of them asks again until it gets through, and the others wait with it, so that a server in trouble
 * gets one question at a time. It knows neither requests nor pictures.
 */

export type Outcome<Trouble> =
  /** It has its end, good or bad. */
  | { readonly kind: 'done' }
  /** Nothing can be done right now; `waitMs` is what the server asked for, if it did. */
  | { readonly kind: 'hold'; readonly trouble: Trouble; readonly waitMs: number | undefined }
  /** Nothing can be done until somebody does something. */
  | { readonly kind: 'stop'; readonly trouble: Trouble };

export interface Line<Item, Trouble> {
  readonly items: readonly Item[];
  readonly concurrency: number;
  readonly attempt: (item: Item, signal: AbortSignal) => Promise<Outcome<Trouble>>;
  /** Told before each pause, and with nothing when the line moves again. */
  readonly onHold: (hold: { readonly trouble: Trouble; readonly waitMs: number } | undefined) => void;
  /** Comes back early when the signal is aborted, and may when somebody does not want to wait. */
  readonly pause: (ms: number, signal: AbortSignal) => Promise<void>;
  readonly signal: AbortSignal;
}

const FIRST_PAUSE_MS = 1_500;
const LONGEST_PAUSE_MS = 10_000;

/** Resolves when everything is done, to what stopped it if anything did; after an abort it resolves soon. */
export async function workThrough<Item, Trouble>(line: Line<Item, Trouble>): Promise<Trouble | undefined> {
  const { items, attempt, signal } = line;
  const returned: Item[] = [];
  let next = 0;
  let stoppedBy: { readonly trouble: Trouble } | undefined;
  let gate: Promise<void> | undefined;
  const isOver = (): boolean => signal.aborted || stoppedBy !== undefined;

  /** Until it is done or the line ends; meanwhile the gate is closed to the others. */
  const askAgain = async (item: Item, first: Extract<Outcome<Trouble>, { kind: 'hold' }>) => {
    let outcome: Outcome<Trouble> = first;
    for (let pauseMs = FIRST_PAUSE_MS; outcome.kind === 'hold' && !isOver(); pauseMs *= 1.5) {
      const waitMs = outcome.waitMs ?? Math.min(pauseMs, LONGEST_PAUSE_MS);
      line.onHold({ trouble: outcome.trouble, waitMs });
      await line.pause(waitMs, signal);
      if (!isOver()) outcome = await attempt(item, signal);
    }
    return outcome;
  };

  const workOne = async (item: Item): Promise<void> => {
    let outcome = await attempt(item, signal);
    if (outcome.kind === 'hold' && gate !== undefined) {
      returned.push(item);
      return;
    }
    if (outcome.kind === 'hold') {
      const opening = Promise.withResolvers<void>();
      gate = opening.promise;
      outcome = await askAgain(item, outcome);
      gate = undefined;
      opening.resolve();
      if (!isOver()) line.onHold(undefined);
    }
    if (outcome.kind === 'stop') stoppedBy ??= { trouble: outcome.trouble };
  };

  const work = async (): Promise<void> => {
    while (!isOver()) {
      if (gate !== undefined) {
        await gate;
        continue;
      }
      const item = returned.pop() ?? items[next++];
      if (item === undefined) return;
      await workOne(item);
    }
  };

  await Promise.all(Array.from({ length: Math.min(line.concurrency, items.length) }, work));
  return stoppedBy?.trouble;
}
