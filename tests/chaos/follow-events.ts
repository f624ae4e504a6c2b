/**
 * Follows a prediction by its server-sent events until the answer, at the next address whenever the stream breaks: any
 * gateway must be able to go on with it.
 */
import { setTimeout as delay } from 'node:timers/promises';
import { finalOf } from './call.ts';
import type { History } from './history.ts';

const retryAfterBreakMs = 300;

/** Ends without an answer when `patienceMs` is over; whoever polls may still find one. */
export async function followEvents(
  id: string,
  nextUrl: () => string,
  history: History,
  patienceMs: number,
): Promise<void> {
  const endMs = Date.now() + patienceMs;
  while (Date.now() < endMs) {
    try {
      const response = await fetch(`${nextUrl()}/v1/predictions/${id}/events`, {
        headers: { accept: 'text/event-stream' },
        signal: AbortSignal.timeout(endMs - Date.now()),
      });
      if (response.status === 404) history.denials.push({ id, atMs: Date.now() });
      if (response.ok && response.body && (await readUntilResult(id, response.body, history))) return;
      if (!response.ok) await response.body?.cancel();
    } catch {
      // The stream broke.
    }
    await delay(retryAfterBreakMs);
  }
}

async function readUntilResult(
  id: string,
  body: ReadableStream<Uint8Array>,
  history: History,
): Promise<boolean> {
  const decoder = new TextDecoder();
  let text = '';
  for await (const chunk of body) {
    text += decoder.decode(chunk, { stream: true });
    const events = text.split('\n\n');
    text = events.pop()!;
    for (const event of events) {
      const data = /^data: ?(.*)$/m.exec(event)?.[1];
      const result = /^event: ?result$/m.test(event) && finalOf(JSON.parse(data ?? 'null'));
      if (!result) continue;
      history.answers.push({ id, atMs: Date.now(), by: 'events', result });
      return true;
    }
  }
  return false;
}
