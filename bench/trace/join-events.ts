/**
 * Puts together what a client measured, what an answer says and what the processes recorded, and cuts the time of each request into
 * steps, one after the other and without a gap: they sum up to the client's time. It measures nothing itself.
 */
import { eventNames, type EventName, type TraceEvent } from './trace-event.ts';

/** Of an answer, in milliseconds. */
export interface Timings {
  readonly decodeMs: number;
  readonly batchMs: number;
  readonly inferMs: number;
  readonly unpackMs: number;
}

/** One request as its sender saw it; times by the clock of the events. */
export interface SentRequest {
  readonly requestId: string;
  /** Of the prediction. */
  readonly id: string;
  readonly sentMs: number;
  readonly receivedMs: number;
  readonly timings: Timings;
}

export interface RequestBudget {
  readonly id: string;
  readonly totalMs: number;
  /** By step, in the order of `stepNames`. */
  readonly stepsMs: readonly number[];
}

export interface Joined {
  readonly budgets: readonly RequestBudget[];
  /** Requests of which something was not recorded. */
  readonly incomplete: readonly { readonly id: string; readonly missing: readonly EventName[] }[];
}

type Span = Pick<TraceEvent, 'beganMs' | 'endedMs'>;
type Spans = Readonly<Record<EventName, Span>>;

/** A worker that waits is woken by the same writing that tells the gateway, and may ask before the gateway has heard. */
const addedMs = ({ enqueue, take }: Spans): number => Math.min(enqueue.endedMs, take.beganMs);

const heldMs = ({ mark, fetch }: Spans): number => Math.max(mark.endedMs, fetch.endedMs);

function elsewhereMs({ timings: { decodeMs, batchMs, inferMs, unpackMs } }: SentRequest): number {
  return decodeMs + batchMs + inferMs + unpackMs;
}

type StepMs = (spans: Spans, sent: SentRequest) => number;

const steps: readonly (readonly [name: string, ms: StepMs])[] = [
  ['client to gateway: head read', ({ request }, { sentMs }) => request.beganMs - sentMs],
  ['body read, request checked', ({ request, store }) => store.beganMs - request.beganMs],
  ['Redis: bytes and ledger row written', ({ store, admit }) => admit.endedMs - store.beganMs],
  ['Redis: job added, worker woken', (spans) => addedMs(spans) - spans.admit.endedMs],
  ['waits in the queue', (spans) => spans.take.beganMs - addedMs(spans)],
  ['Redis: job handed to the worker', ({ take }) => take.endedMs - take.beganMs],
  ['Redis: begun, bytes fetched', (spans) => heldMs(spans) - spans.take.endedMs],
  ['decoded', (_, { timings }) => timings.decodeMs],
  ['waits for an inference thread', (_, { timings }) => timings.batchMs],
  [
    'packed, to the thread and back',
    (spans, sent) => spans.publish.beganMs - heldMs(spans) - elsewhereMs(sent),
  ],
  ['inferred', (_, { timings }) => timings.inferMs],
  ['unpacked', (_, { timings }) => timings.unpackMs],
  ['Redis: answer written, gateway woken', ({ publish, wake }) => wake.endedMs - publish.beganMs],
  ['answer put together and sent', ({ wake, request }) => request.endedMs - wake.endedMs],
  ['answer read by the client', ({ request }, { receivedMs }) => receivedMs - request.endedMs],
];

export const stepNames: readonly string[] = steps.map(([name]) => name);

/** Of an event that came twice the last one counts: what was before it did not lead to the answer. */
export function joinEvents(requests: readonly SentRequest[], events: readonly TraceEvent[]): Joined {
  const spans = new Map(events.map((event) => [`${event.event} ${event.id}`, event]));
  const budgets: RequestBudget[] = [];
  const incomplete: { id: string; missing: EventName[] }[] = [];
  for (const sent of requests) {
    const own: { [E in EventName]?: Span } = {};
    for (const event of eventNames) {
      const span = spans.get(`${event} ${event === 'request' ? sent.requestId : sent.id}`);
      if (span !== undefined) own[event] = span;
    }
    if (!isWhole(own)) {
      incomplete.push({ id: sent.id, missing: eventNames.filter((event) => own[event] === undefined) });
      continue;
    }
    const totalMs = sent.receivedMs - sent.sentMs;
    budgets.push({ id: sent.id, totalMs, stepsMs: steps.map(([, ms]) => ms(own, sent)) });
  }
  return { budgets, incomplete };
}

function isWhole(own: { readonly [E in EventName]?: Span }): own is Spans {
  return eventNames.every((event) => own[event] !== undefined);
}
