/**
 * The two requests that the page makes. Addresses are relative to the page's own, so a path prefix in front of the
 * gateway needs no setting. Every way to fail comes out as a RequestFailure; words for people are made elsewhere.
 */
import { parseErrorBody, parseModels, parsePrediction, type LiveModel, type Prediction } from './wire.ts';

/** The server ends a waiting request well before this; only a connection that hangs for ever gets this far. */
const ANSWER_WAIT_MS = 90_000;
const MODELS_WAIT_MS = 8_000;

export class RequestFailure extends Error {
  /** A code of the server's table, or one of ours: `unreachable`, `timed_out`, `answer_unreadable`. */
  readonly code: string;
  /** Whole seconds after which the server says that it is worth trying again. */
  readonly retryAfterS: number | undefined;

  constructor(code: string, message: string, retryAfterS?: number) {
    super(message);
    this.name = 'RequestFailure';
    this.code = code;
    this.retryAfterS = retryAfterS;
  }
}

export interface Answer {
  readonly prediction: Prediction;
  /** The body as the server sent it, for showing and saving. */
  readonly body: unknown;
}

/** @throws RequestFailure */
export async function fetchModels(
  apiKey: string | undefined,
  signal: AbortSignal,
): Promise<readonly LiveModel[]> {
  const body = await request('v1/models', { headers: keyHeader(apiKey) }, signal, MODELS_WAIT_MS);
  return readable(() => parseModels(body));
}

/**
 * @param minScore detections below it are not sent back, 0 to 1
 * @throws RequestFailure; when `signal` was aborted, its reason
 */
export async function predict(
  file: File,
  modelName: string,
  minScore: number,
  apiKey: string | undefined,
  signal: AbortSignal,
): Promise<Answer> {
  const form = new FormData();
  form.append('model', modelName);
  form.append('minScore', String(minScore));
  form.append('image', file, file.name);
  const init = { method: 'POST', body: form, headers: keyHeader(apiKey) };
  const body = await request('v1/predictions', init, signal, ANSWER_WAIT_MS);
  return { body, prediction: readable(() => parsePrediction(body)) };
}

/** In a header and never in the address, which ends up in histories and logs. */
function keyHeader(apiKey: string | undefined): Record<string, string> {
  return apiKey === undefined ? {} : { authorization: `Bearer ${apiKey}` };
}

async function request(
  address: string,
  init: RequestInit,
  signal: AbortSignal,
  waitMs: number,
): Promise<unknown> {
  const timeout = AbortSignal.timeout(waitMs);
  const trouble = (): Error => {
    if (signal.aborted) return signal.reason instanceof Error ? signal.reason : new Error('aborted');
    return timeout.aborted
      ? new RequestFailure('timed_out', `No answer within ${waitMs / 1000} s.`)
      : new RequestFailure('unreachable', 'The connection was refused or lost.');
  };

  const response = await fetch(new URL(address, document.baseURI), {
    ...init,
    cache: 'no-store',
    signal: AbortSignal.any([signal, timeout]),
  }).catch(() => {
    throw trouble();
  });
  const raw = await response.text().catch(() => {
    throw trouble();
  });
  const body = parseJson(raw);
  if (response.ok) return body;

  const error = parseErrorBody(body);
  throw new RequestFailure(
    error?.code ?? 'answer_unreadable',
    error?.message ?? `The answer was HTTP ${response.status} ${response.statusText}`.trimEnd() + '.',
    retryAfterSeconds(response.headers.get('retry-after'), Date.now()),
  );
}

function parseJson(raw: string): unknown {
  try {
    return JSON.parse(raw);
  } catch {
    return undefined;
  }
}

function readable<T>(parse: () => T): T {
  try {
    return parse();
  } catch (error) {
    throw new RequestFailure('answer_unreadable', error instanceof Error ? error.message : String(error));
  }
}

/** `Retry-After` is seconds or a date (RFC 9110, 10.2.3). */
export function retryAfterSeconds(header: string | null, nowMs: number): number | undefined {
  if (header === null || header.trim() === '') return undefined;
  const seconds = Number(header);
  if (Number.isFinite(seconds)) return Math.max(0, Math.ceil(seconds));
  const at = Date.parse(header);
  return Number.isNaN(at) ? undefined : Math.max(0, Math.ceil((at - nowMs) / 1000));
}
