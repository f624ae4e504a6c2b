/**
 * One request and its answer: address, headers, the time that it may take, and faults of the network as errors of ours. It
 * sends once; who sends again is not its business.
 */
import { errorOfAnswer } from './answer-error.ts';
import type { Clock } from './call-options.ts';
import { reasonOf } from './on-abort.ts';
import { orAborted } from './link-signals.ts';
import { readErrorBody } from './read-answer.ts';
import { readEvents, type ServerEvent } from './read-events.ts';
import { readRetryAfterMs } from './retry-delay.ts';
import { ShoalError } from './shoal-error.ts';
import { SilenceWatch } from './silence-watch.ts';

export interface HttpRequest {
  readonly method: 'GET' | 'POST' | 'DELETE';
  /** Relative to the server's address, without a slash in front. */
  readonly path: string;
  readonly headers?: Readonly<Record<string, string>> | undefined;
  readonly body?: FormData | undefined;
  readonly timeoutMs: number;
  readonly signal?: AbortSignal | undefined;
  /** Which prediction it is about, for errors. */
  readonly predictionId?: string | undefined;
  /** A prediction that has ended otherwise is an answer, too, whatever its status. */
  readonly takesEnded?: boolean | undefined;
}

export interface HttpAnswer {
  readonly status: number;
  /** Undefined for what is no JSON. */
  readonly body: unknown;
  readonly retryAfterMs: number | undefined;
  readonly requestId: string | undefined;
  readonly predictionId: string | undefined;
}

export interface HttpSettings {
  readonly url: string | URL;
  readonly apiKey: () => string | undefined;
  readonly headers: Readonly<Record<string, string>>;
  readonly fetch: (url: string, init: RequestInit) => Promise<Response>;
  readonly clock: Clock;
}

export class HttpExchange {
  readonly #base: URL;
  readonly #settings: HttpSettings;
  /** A Shoal server has answered here. */
  #hasSpoken = false;

  constructor(settings: HttpSettings) {
    this.#settings = settings;
    this.#base = addressOf(settings.url);
    if (!this.#base.pathname.endsWith('/')) this.#base.pathname += '/';
  }

  /** @throws ShoalError for every answer that is no success, and for none; the signal's reason when it is aborted */
  async send(request: HttpRequest): Promise<HttpAnswer> {
    const watch = this.#watch(request);
    const exchange = async (): Promise<HttpAnswer> => {
      const response = await this.#fetch(request, watch.signal);
      return this.#read(request, response, await response.text());
    };
    try {
      return await orAborted(exchange(), watch.signal);
    } catch (error) {
      throw faultOf(error, request, watch);
    } finally {
      watch.end();
    }
  }

  /** As `send`, for an answer that comes in pieces; `timeoutMs` is that of each silence between them. */
  async *events(request: HttpRequest): AsyncGenerator<ServerEvent, void, undefined> {
    const watch = this.#watch(request);
    try {
      const response = await orAborted(this.#fetch(request, watch.signal), watch.signal);
      const isStream = response.headers.get('content-type')?.startsWith('text/event-stream') === true;
      if (!response.ok || !isStream || response.body === null) {
        const { status, requestId } = this.#read(request, response, await response.text());
        throw new ShoalError('answer_unreadable', 'expected a stream of events', { status, requestId });
      }
      for await (const event of readEvents(response.body, () => watch.beat())) {
        watch.rest();
        yield event;
        watch.beat();
      }
    } catch (error) {
      throw faultOf(error, request, watch);
    } finally {
      watch.end();
    }
  }

  #read(request: HttpRequest, response: Response, text: string): HttpAnswer {
    const { status, headers } = response;
    const answer = {
      status,
      body: parseJson(text),
      retryAfterMs: readRetryAfterMs(headers.get('retry-after'), this.#settings.clock.epochMs()),
      requestId: headers.get('x-request-id') ?? undefined,
      predictionId: headers.get('x-prediction-id') ?? request.predictionId,
    };
    const error = readErrorBody(answer.body);
    const isEnded = request.takesEnded === true && error !== undefined && hasState(answer.body);
    const isAnswer = isEnded || (response.ok && answer.body !== undefined);
    if (isAnswer || error !== undefined) this.#hasSpoken = true;
    if (isAnswer) return answer;
    throw errorOfAnswer(answer, this.#hasSpoken);
  }

  async #fetch(request: HttpRequest, signal: AbortSignal): Promise<Response> {
    const { method, path, body, predictionId } = request;
    const { apiKey, headers, fetch } = this.#settings;
    const key = apiKey();
    const init = {
      method,
      headers: toHeaders({
        accept: 'application/json',
        ...headers,
        ...(key !== undefined && { authorization: `Bearer ${key}` }),
        ...request.headers,
      }),
      signal,
      cache: 'no-store',
      // A page that is left may still cancel.
      keepalive: method === 'DELETE',
      ...(body !== undefined && { body }),
    } satisfies RequestInit;
    const url = new URL(path, this.#base);
    try {
      return await fetch(url.href, init);
    } catch (cause) {
      const message = `no connection to ${url.origin}${detailOf(cause)}`;
      throw new ShoalError('unreachable', message, { predictionId, isRetryable: true, cause });
    }
  }

  #watch({ timeoutMs, signal, predictionId }: HttpRequest): SilenceWatch {
    const message = `no answer within ${Math.ceil(timeoutMs)} ms`;
    const silence = new ShoalError('unreachable', message, { predictionId, isRetryable: true });
    return new SilenceWatch(this.#settings.clock, timeoutMs, silence, signal);
  }
}

/** What `fetch` refuses by its form would look like a network that is away, and be tried again and again. */
function addressOf(url: string | URL): URL {
  const address = new URL(url);
  if (!/^https?:$/.test(address.protocol)) {
    throw new TypeError(`url: expected http:// or https://, came ${address.protocol}`);
  }
  if (address.username !== '' || address.password !== '') {
    throw new TypeError('url: names and passwords cannot be part of it; send them as `headers`');
  }
  return address;
}

function faultOf(error: unknown, { predictionId }: HttpRequest, { signal }: SilenceWatch): Error {
  if (signal.aborted) return reasonOf(signal);
  if (error instanceof ShoalError) return error;
  const message = `the connection was lost${detailOf(error)}`;
  return new ShoalError('unreachable', message, { predictionId, isRetryable: true, cause: error });
}

/** Of a request that was refused, and of a prediction that was never accepted, there is none. */
function hasState(body: unknown): boolean {
  return typeof body === 'object' && body !== null && 'id' in body && 'status' in body;
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return undefined;
  }
}

/** What cannot be a header is the caller's mistake, and would look like a network that is away. */
function toHeaders(headers: Readonly<Record<string, string>>): Headers {
  try {
    return new Headers(headers);
  } catch (cause) {
    throw new ShoalError(
      'options_invalid',
      'a header, a key among them, has characters that cannot be sent',
      {
        cause,
      },
    );
  }
}

/** Node says what happened in the cause; browsers do not say. */
function detailOf(error: unknown): string {
  const cause: unknown = error instanceof Error ? (error.cause ?? error) : error;
  const code: unknown =
    typeof cause === 'object' && cause !== null && 'code' in cause ? cause.code : undefined;
  return typeof code === 'string' ? ` (${code})` : '';
}
