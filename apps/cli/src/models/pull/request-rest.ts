/**
 * Asks a server for what is missing of a file (RFC 9110, section 14: `Range`, and `If-Range`, so that two states of a file are never
 * joined), and says what came: the rest, or everything from the start. It writes nothing.
 */
import { CommandError } from '../../exit-status.ts';
import type { Part } from './part-file.ts';
import { reasonOf } from './wanted-model.ts';

/** Trouble that may be over in a moment. */
export class PassingTrouble extends Error {
  override readonly name = 'PassingTrouble';
  readonly retryAfterMs: number | undefined;

  constructor(message: string, retryAfterMs?: number, options?: ErrorOptions) {
    super(message, options);
    this.retryAfterMs = retryAfterMs;
  }
}

export interface Rest {
  readonly body: AsyncIterable<Uint8Array>;
  /** Where in the file the body begins: at the end of the part, or at 0. */
  readonly from: number;
  /** Of the whole file, where the server says it. */
  readonly bytes: number | undefined;
  readonly validator: string | undefined;
}

/** Throws PassingTrouble, or a CommandError for what stays wrong. */
export async function requestRest(
  url: string,
  part: Part,
  signal: AbortSignal,
): Promise<Rest | 'nothing-more'> {
  // Compressed on the way, a file has another length and other offsets.
  const headers: Record<string, string> = { 'accept-encoding': 'identity' };
  if (part.bytes > 0 && part.validator !== undefined) {
    headers['range'] = `bytes=${part.bytes}-`;
    headers['if-range'] = part.validator;
  }
  const response = await fetch(url, { headers, signal }).catch((error: unknown) => {
    throw new PassingTrouble(reasonOf(error), undefined, { cause: error });
  });
  try {
    if (response.status === 416) return 'nothing-more';
    checkAnswer(url, response);
    return describe(response, part);
  } catch (error) {
    await response.body?.cancel().catch(() => undefined);
    throw error;
  }
}

function checkAnswer(url: string, response: Response): void {
  const { status, statusText } = response;
  if (status === 408 || status === 429 || status >= 500)
    throw new PassingTrouble(`${status} ${statusText}`, readRetryAfter(response.headers.get('retry-after')));
  if (!response.ok) throw new CommandError(`${url} answers ${status} ${statusText}`);
  if (url.startsWith('https:') && response.url.startsWith('http:'))
    throw new CommandError(`${url} leads to ${response.url}, where anybody on the way could change the file`);
  if (/^text\/html\b/i.test(response.headers.get('content-type') ?? ''))
    throw new CommandError(
      `${url} gives a web page and not a file; look there for the address of the file itself`,
    );
}

function describe(response: Response, part: Part): Rest {
  const { status, headers, body } = response;
  const length = Number(headers.get('content-length') ?? Number.NaN);
  const range = /^bytes (\d+)-\d+\/(\d+|\*)$/.exec(headers.get('content-range') ?? '');
  if (status === 206 && Number(range?.[1]) !== part.bytes)
    throw new PassingTrouble('the server sent another part of the file than the one that was asked for');
  const total = status === 206 ? Number(range?.[2]) : length;
  return {
    body: body ?? new ReadableStream<Uint8Array>({ start: (controller) => controller.close() }),
    from: status === 206 ? part.bytes : 0,
    bytes: Number.isSafeInteger(total) ? total : undefined,
    validator: strongValidator(headers),
  };
}

/** A weak tag may stand for two states of the bytes, so it joins nothing. */
function strongValidator(headers: Headers): string | undefined {
  const tag = headers.get('etag');
  if (tag !== null && tag.startsWith('"')) return tag;
  return headers.get('last-modified') ?? undefined;
}

/** Seconds, as far as they are few; a date is not worth waiting for here. */
function readRetryAfter(text: string | null): number | undefined {
  const seconds = Number(text ?? Number.NaN);
  return Number.isFinite(seconds) && seconds >= 0 ? Math.min(seconds, 60) * 1000 : undefined;
}
