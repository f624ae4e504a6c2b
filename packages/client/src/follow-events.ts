/** What becomes of a prediction, as it becomes. A stream that breaks off is taken up again, since each event is the whole state. */
import type { FinalPrediction, OpenPrediction } from './answer-form.ts';
import type { HttpExchange } from './http-exchange.ts';
import { linkSignals } from './link-signals.ts';
import type { Patience } from './patience.ts';
import { isFinal, readState } from './read-answer.ts';
import type { ServerEvent } from './read-events.ts';
import { ShoalError } from './shoal-error.ts';

export type PredictionEvent =
  | { readonly type: 'state'; readonly state: OpenPrediction }
  | { readonly type: 'result'; readonly result: FinalPrediction };

interface Begun {
  readonly stream: AsyncGenerator<ServerEvent, void, undefined>;
  readonly first: IteratorResult<ServerEvent, void>;
}

/** The server's heart beats every 15 s. */
const silenceMsMax = 40_000;
const reconnectMs = 1_000;

export async function* followEvents(
  id: string,
  http: HttpExchange,
  patience: Patience,
): AsyncGenerator<PredictionEvent, void, undefined> {
  const link = linkSignals(patience.signal);
  const alarm = patience.alarm((error) => link.abort(error));
  let shown = '';
  try {
    for (;;) {
      const begun = await patience.repeat(async () => {
        const stream = http.events(requestOf(id, link.signal));
        return { stream, first: await stream.next() };
      });
      for await (const event of allOf(begun)) {
        if (event.data === shown) continue;
        shown = event.data;
        const told = toPredictionEvent(event);
        if (told !== undefined) yield told;
        if (told?.type === 'result') return;
      }
      await patience.rest(reconnectMs);
    }
  } finally {
    alarm.abort();
    link.release();
  }
}

/** Ends where the stream breaks off. */
async function* allOf({ stream, first }: Begun): AsyncGenerator<ServerEvent, void, undefined> {
  try {
    for (let next = first; next.done !== true; next = await stream.next()) yield next.value;
  } catch (error) {
    if (!(error instanceof ShoalError)) throw error;
  } finally {
    await stream.return();
  }
}

function requestOf(id: string, signal: AbortSignal) {
  return {
    method: 'GET',
    path: `v1/predictions/${encodeURIComponent(id)}/events`,
    predictionId: id,
    headers: { accept: 'text/event-stream' },
    timeoutMs: silenceMsMax,
    signal,
  } as const;
}

/** Undefined for an event that this library does not know. */
function toPredictionEvent({ type, data }: ServerEvent): PredictionEvent | undefined {
  if (type !== 'state' && type !== 'result') return undefined;
  const state = readState(parse(data));
  return isFinal(state) ? { type: 'result', result: state } : { type: 'state', state };
}

function parse(data: string): unknown {
  try {
    return JSON.parse(data) as unknown;
  } catch {
    return undefined;
  }
}
