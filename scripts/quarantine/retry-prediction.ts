/**
 * Sends a picture again, as a caller would, through the gateway: the limits, keys and checks that hold for everybody hold
 * here. The request id stays the same, so that one search through the logs finds both predictions.
 */
import { setTimeout as delay } from 'node:timers/promises';
import type { QuarantineEntry } from '../../packages/shared/src/redis/index.ts';
import { OperatorError } from './operator-error.ts';

export interface RetryTarget {
  /** Address of a gateway, without a slash at the end. */
  readonly gateway: string;
  readonly apiKey: string | undefined;
}

/** As the gateway tells of it; `error` says why it did not succeed. */
export interface Prediction {
  readonly id: string;
  readonly status: string;
  readonly detections?: readonly unknown[];
  readonly error?: { readonly code: string; readonly message: string };
}

/** Bytes that lie in Redis arrive within this, or the gateway is not well. */
const submitTimeoutMs = 120_000;
const pollSMax = 20;
/** Below the pause that the gateway asks for, but a person waits. */
const pauseMs = 200;

export async function submitAgain(
  entry: QuarantineEntry,
  picture: Buffer,
  target: RetryTarget,
): Promise<Prediction> {
  const { model, priority, options } = entry;
  return ask(target, '/v1/predictions', submitTimeoutMs, {
    method: 'POST',
    headers: {
      'content-type': 'application/json',
      prefer: 'respond-async',
      'x-request-id': entry.requestId,
    },
    body: JSON.stringify({ model, priority, ...options, image: picture.toString('base64') }),
  });
}

export const addressOf = ({ gateway }: RetryTarget, id: string): string => `${gateway}/v1/predictions/${id}`;

/** Resolves to how it stands when it has ended, or when the time is over. */
export async function follow(
  prediction: Prediction,
  waitS: number,
  target: RetryTarget,
): Promise<Prediction> {
  const endMs = performance.now() + waitS * 1000;
  let last = prediction;
  while (isOpen(last) && performance.now() < endMs) {
    const leftS = Math.ceil((endMs - performance.now()) / 1000);
    const pollS = Math.min(pollSMax, leftS);
    last = await ask(target, `/v1/predictions/${prediction.id}`, (pollS + 10) * 1000, {
      headers: { prefer: `wait=${pollS}` },
    });
    // A gateway that leaves does not wait.
    if (isOpen(last)) await delay(pauseMs);
  }
  return last;
}

export const isOpen = ({ status }: Prediction): boolean => status === 'queued' || status === 'running';

async function ask(
  { gateway, apiKey }: RetryTarget,
  path: string,
  timeoutMs: number,
  init: RequestInit,
): Promise<Prediction> {
  const headers = new Headers(init.headers);
  if (apiKey !== undefined) headers.set('authorization', `Bearer ${apiKey}`);
  let response: Response;
  let body: Partial<Prediction> | undefined;
  try {
    response = await fetch(gateway + path, { ...init, headers, signal: AbortSignal.timeout(timeoutMs) });
    body = (await response.json().catch(() => undefined)) as Partial<Prediction> | undefined;
  } catch (error) {
    throw new OperatorError(
      `the gateway at ${gateway} cannot be reached (${reasonOf(error)}): --gateway URL says where one is`,
      { cause: error },
    );
  }
  if (!response.ok || body?.id === undefined || body.status === undefined) {
    const { code, message } = body?.error ?? {};
    const hint = code === 'unauthorized' ? ' (--key-file FILE)' : '';
    const what = code === undefined ? `status ${response.status}` : `${code}: ${message}${hint}`;
    throw new OperatorError(`the gateway at ${gateway} refused it: ${what}`);
  }
  return body as Prediction;
}

/** What `fetch` says itself is only that it failed. */
function reasonOf(error: unknown): string {
  const cause = error instanceof Error && error.cause instanceof Error ? error.cause : error;
  const { code, name, message } = cause as NodeJS.ErrnoException;
  return code ?? (name === 'TimeoutError' ? 'it did not answer' : message);
}
