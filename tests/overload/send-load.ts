/** Requests as callers under load make them: as fast as they are answered, or at a rate of their own whatever comes back. */
import { setTimeout as sleep } from 'node:timers/promises';
import { predict } from '../support/ask.ts';

export interface Target {
  readonly url: string;
  readonly model: string;
  readonly picture: Uint8Array;
  readonly deadlineMs: number;
}

export interface Reply {
  /** 0 when the connection broke. */
  readonly status: number;
  /** Of an error. */
  readonly code: string | undefined;
  /** From sending to the whole answer, as the caller sees it. */
  readonly ms: number;
  /** From the acceptance to the answer, as the server says. */
  readonly totalMs: number | undefined;
  readonly retryAfterS: number | undefined;
}

/** `callers` at a time, each as soon as its last one was answered, for `seconds`. Resolves to successes a second. */
export async function measureCapacity(target: Target, callers: number, seconds: number): Promise<number> {
  const endMs = Date.now() + seconds * 1000;
  const startedMs = Date.now();
  let successes = 0;
  const call = async (): Promise<void> => {
    while (Date.now() < endMs) if ((await ask(target)).status === 200) successes += 1;
  };
  await Promise.all(Array.from({ length: callers }, call));
  return (1000 * successes) / (Date.now() - startedMs);
}

/**
 * Arrivals at `perS` on average, with exponential times between them (a Poisson process), for `seconds`; nobody waits for
 * anybody. `random` gives numbers from 0 up to 1. Resolves when all are answered.
 */
export async function sendAtRate(
  target: Target,
  perS: number,
  seconds: number,
  random: () => number,
): Promise<readonly Reply[]> {
  const startedMs = Date.now();
  const replies: Promise<Reply>[] = [];
  for (let dueMs = 0; dueMs < seconds * 1000; dueMs += (-1000 * Math.log(1 - random())) / perS) {
    const waitMs = startedMs + dueMs - Date.now();
    if (waitMs > 0) await sleep(waitMs);
    replies.push(ask(target));
  }
  return Promise.all(replies);
}

async function ask({ url, model, picture, deadlineMs }: Target): Promise<Reply> {
  const startedMs = performance.now();
  const reply = (fields: Partial<Reply>): Reply => ({
    status: 0,
    code: undefined,
    totalMs: undefined,
    retryAfterS: undefined,
    ms: performance.now() - startedMs,
    ...fields,
  });
  try {
    const { status, body, headers } = await predict(url, model, picture, {
      query: { deadlineMs: String(deadlineMs) },
    });
    const timings = body['timings'] as { totalMs: number } | undefined;
    const retryAfter = headers.get('retry-after');
    return reply({
      status,
      code: body.error?.code,
      totalMs: timings?.totalMs,
      retryAfterS: retryAfter === null ? undefined : Number(retryAfter),
    });
  } catch {
    return reply({ code: 'connection' });
  }
}
