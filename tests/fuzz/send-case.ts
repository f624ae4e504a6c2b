/**
 * Writes the bytes of a case to a socket and waits for the answer, as a client that respects nothing would. It judges
 * nothing: what came of it is the business of `judge`.
 */
import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Hostile } from './fuzz-case.ts';
import { parseResponse, type Response } from './parse-response.ts';

export interface Outcome {
  /** `answered` and `left` are the two good ends. */
  readonly end:
    'answered' | 'left' | 'broken response' | 'closed without an answer' | 'reset' | 'no answer in time';
  readonly response?: Response;
  readonly ms: number;
}

export async function sendCase(port: number, hostile: Hostile, withinMs: number): Promise<Outcome> {
  const startedMs = performance.now();
  const socket = connect({ port, host: '127.0.0.1' });
  const isBodiless = isHead(hostile);
  const over = new AbortController();
  const answer = new Promise<Omit<Outcome, 'ms'>>((resolve) => {
    let bytes = Buffer.alloc(0);
    const look = (isOver: boolean): void => {
      const response = parseResponse(bytes, isOver, isBodiless);
      if (response === 'broken')
        resolve({ end: bytes.length === 0 ? 'closed without an answer' : 'broken response' });
      else if (response !== undefined) resolve({ end: 'answered', response });
    };
    socket.on('data', (chunk) => {
      bytes = Buffer.concat([bytes, chunk]);
      look(false);
    });
    socket.on('end', () => look(true));
    // After an answer this is the end of a body that nobody wanted to read any more.
    socket.on('error', () => resolve({ end: 'reset' }));
    setTimeout(() => resolve({ end: 'no answer in time' }), withinMs).unref();
  });
  const written = write(socket, hostile.steps, over.signal);
  const outcome = await (hostile.leaves === true
    ? Promise.race([answer, written.then(() => ({ end: 'left' }) as const)])
    : answer);
  over.abort();
  socket.destroy();
  await written;
  return { ...outcome, ms: performance.now() - startedMs };
}

async function write(socket: Socket, steps: Hostile['steps'], over: AbortSignal): Promise<void> {
  try {
    for (const step of steps) {
      if (over.aborted) return;
      if (typeof step === 'number') await sleep(step, undefined, { signal: over });
      else if (!socket.write(step)) await once(socket, 'drain', { signal: over });
    }
  } catch {
    // The server closed its side, or the answer is there.
  }
}

/** The answer to HEAD has the length of a body and no body. */
export function isHead({ steps }: Hostile): boolean {
  const [first] = steps;
  return first instanceof Uint8Array && Buffer.from(first.subarray(0, 5)).toString('latin1') === 'HEAD ';
}
