/**
 * The callers: sends what was planned, when it was planned, and behaves as a careful client does. Who has an
 * Idempotency-Key asks again with the same one, at the next address, until there is an answer or its time is over; who has
 * none asks again only after a plain no. Writes down what it was told and judges nothing.
 */
import { setTimeout as delay } from 'node:timers/promises';
import { call, finalOf, inTurn } from './call.ts';
import { followEvents } from './follow-events.ts';
import type { History, SentRequest } from './history.ts';
import { poster, type Post, type PostOptions } from './post-request.ts';
import type { PlannedRequest } from './request-plan.ts';

/** A caller with a key tries for this long. */
const patienceMs = 60_000;
const cancelTimeoutMs = 10_000;
const cancelAgainMs = 200;

export interface ClientOptions extends PostOptions {
  readonly urls: readonly string[];
  /** As PNG. */
  readonly draw: (request: PlannedRequest) => Promise<Buffer>;
}

export interface Client {
  /** Still waiting for an answer. */
  readonly underWay: number;
  /** Resolves when nothing is sent any more and nobody waits. */
  readonly done: Promise<void>;
  /** Sends nothing more; those who wait go on. */
  stop(): void;
}

export function startClient(
  plan: readonly PlannedRequest[],
  startMs: number,
  options: ClientOptions,
): Client {
  const over = new AbortController();
  const running = new Set<Promise<void>>();
  const nextUrl = inTurn(options.urls);
  const send = async (): Promise<void> => {
    for (const planned of plan) {
      await delay(Math.max(0, startMs + planned.atMs - Date.now()), undefined, { signal: over.signal }).catch(
        () => undefined,
      );
      if (over.signal.aborted) return;
      const asked = ask(planned, nextUrl, options);
      running.add(asked);
      void asked.finally(() => running.delete(asked));
    }
  };
  const sendAndWait = async (): Promise<void> => {
    await send();
    await Promise.all(running);
  };
  return {
    get underWay() {
      return running.size;
    },
    done: sendAndWait(),
    stop: () => over.abort(),
  };
}

async function ask(planned: PlannedRequest, nextUrl: () => string, options: ClientOptions): Promise<void> {
  const picture = await options.draw(planned);
  const request: SentRequest = { ...planned, sentAtMs: Date.now() };
  options.history.requests.set(planned.index, request);
  const post = poster(request, picture, options);
  if (request.sort === 'hangs up') {
    await post(nextUrl(), AbortSignal.timeout(request.pauseMs));
    await delay(request.pauseMs);
  }
  const id = await untilTaken(request, post, nextUrl, options.history);
  if (id === undefined) return;
  if (request.sort === 'cancels') {
    await delay(request.pauseMs);
    await cancel(id, nextUrl, options.history);
  }
  if (request.sort === 'follows') await followEvents(id, nextUrl, options.history, patienceMs);
}

/** Asks until the service took the request or said no for good. Resolves to the prediction's id where one is known. */
async function untilTaken(
  request: SentRequest,
  post: Post,
  nextUrl: () => string,
  history: History,
): Promise<string | undefined> {
  const endMs = request.sentAtMs + patienceMs;
  for (;;) {
    const { id, againInMs, isUncertain } = await post(nextUrl());
    if (id !== undefined || againInMs === undefined) return id;
    if (!request.hasKey && isUncertain === true) {
      history.uncertain.push(request.index);
      return undefined;
    }
    if (Date.now() + againInMs > endMs) {
      history.givenUp.push(request.index);
      return undefined;
    }
    await delay(againInMs);
  }
}

/** A cancellation may be repeated, so it is, until somebody says what stands. */
async function cancel(id: string, nextUrl: () => string, history: History): Promise<void> {
  const endMs = Date.now() + patienceMs;
  while (Date.now() < endMs) {
    try {
      const { status, body } = await call(`${nextUrl()}/v1/predictions/${id}`, {
        method: 'DELETE',
        timeoutMs: cancelTimeoutMs,
      });
      const result = finalOf(body);
      if (result !== undefined) {
        history.answers.push({ id, atMs: Date.now(), by: 'delete', result });
        return;
      }
      if (status === 404) history.denials.push({ id, atMs: Date.now() });
    } catch {
      // The next address may know.
    }
    await delay(cancelAgainMs);
  }
}
