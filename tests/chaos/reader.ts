/**
 * Asks for every accepted prediction again and again, at all addresses in turn: while it is open to see it end, and
 * afterwards to see that it stays as it ended.
 */
import { setTimeout as delay } from 'node:timers/promises';
import { call, finalOf, inTurn } from './call.ts';
import type { History } from './history.ts';

const timeoutMs = 8_000;
const atOnceMax = 16;
const openIntervalMs = 900;
const troubleIntervalMs = 500;
/** After the first sight of an answer, and after that. */
const laterIntervalsMs = [1_500, 10_000];
const tickMs = 100;

interface Tracked {
  nextAtMs: number;
  /** How often it was seen with its answer. */
  sights: number;
  isBeingAsked: boolean;
}

export interface Reader {
  /** Begins to ask; an id that is known already is known. */
  track(id: string): void;
  /** Ids of which no answer was seen here. */
  open(): string[];
  /** Everything once more. Resolves when each was asked and answered, or cannot be. */
  askAll(): Promise<void>;
  stop(): Promise<void>;
}

export function startReader(urls: readonly string[], history: History): Reader {
  const tracked = new Map<string, Tracked>();
  const nextUrl = inTurn(urls);
  const over = new AbortController();
  let atOnce = 0;

  const ask = async (id: string, about: Tracked): Promise<void> => {
    about.isBeingAsked = true;
    atOnce += 1;
    try {
      about.nextAtMs = Date.now() + (await look(id, about));
    } catch {
      about.nextAtMs = Date.now() + troubleIntervalMs;
    } finally {
      about.isBeingAsked = false;
      atOnce -= 1;
    }
  };
  /** Resolves to the time until the next look. */
  const look = async (id: string, about: Tracked): Promise<number> => {
    const { status, body } = await call(`${nextUrl()}/v1/predictions/${id}`, { timeoutMs });
    const result = finalOf(body);
    if (result === undefined) {
      if (status === 404) history.denials.push({ id, atMs: Date.now() });
      return status === 202 ? openIntervalMs : troubleIntervalMs;
    }
    history.answers.push({ id, atMs: Date.now(), by: 'get', result });
    about.sights += 1;
    return laterIntervalsMs[about.sights - 1] ?? Number.POSITIVE_INFINITY;
  };
  const loop = async (): Promise<void> => {
    while (!over.signal.aborted) {
      const nowMs = Date.now();
      // Whoever waits longest is next, or the old ones would keep the new ones from being looked at.
      const due = [...tracked]
        .filter(([, about]) => !about.isBeingAsked && about.nextAtMs <= nowMs)
        .sort(([, a], [, b]) => a.nextAtMs - b.nextAtMs);
      for (const [id, about] of due.slice(0, atOnceMax - atOnce)) void ask(id, about);
      await delay(tickMs);
    }
  };
  const looping = loop();

  return {
    track: (id) => {
      if (!tracked.has(id))
        tracked.set(id, { nextAtMs: Date.now() + openIntervalMs, sights: 0, isBeingAsked: false });
    },
    open: () => [...tracked].filter(([, { sights }]) => sights === 0).map(([id]) => id),
    askAll: async () => {
      const left = [...tracked];
      const askNext = async (): Promise<void> => {
        for (let entry = left.pop(); entry !== undefined; entry = left.pop()) await ask(...entry);
      };
      await Promise.all(Array.from({ length: atOnceMax }, askNext));
    },
    stop: async () => {
      over.abort();
      await looping;
    },
  };
}
