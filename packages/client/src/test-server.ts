/** A server that does what a test says, behind the seam `fetch`; and a clock that is never waited for. */
import type { Clock } from './call-options.ts';
import { reasonOf } from './on-abort.ts';

export interface SentRequest {
  readonly method: string;
  readonly path: string;
  readonly headers: Headers;
  readonly form: FormData | undefined;
  readonly signal: AbortSignal;
  readonly atMs: number;
}

export type Responder = (request: SentRequest) => Response | Promise<Response>;

/** Time goes on to the next timer as soon as nothing else happens. */
export class TestClock implements Clock {
  #nowMs = 0;
  readonly #timers = new Set<{ readonly atMs: number; readonly ring: () => void }>();
  #isTurning = false;

  nowMs(): number {
    return this.#nowMs;
  }

  epochMs(): number {
    return Date.UTC(2026, 0, 1) + this.#nowMs;
  }

  sleep(ms: number, signal?: AbortSignal): Promise<void> {
    return new Promise((resolve, reject) => {
      if (signal?.aborted === true) {
        reject(reasonOf(signal));
        return;
      }
      const timer = { atMs: this.#nowMs + ms, ring: resolve };
      this.#timers.add(timer);
      signal?.addEventListener('abort', () => {
        if (this.#timers.delete(timer)) reject(reasonOf(signal));
      });
      if (!this.#isTurning) void this.#turn();
    });
  }

  async #turn(): Promise<void> {
    this.#isTurning = true;
    while (this.#timers.size > 0) {
      for (let rounds = 0; rounds < 5; rounds += 1) await new Promise((resolve) => setImmediate(resolve));
      const [next] = [...this.#timers].sort((a, b) => a.atMs - b.atMs);
      if (next === undefined) break;
      this.#timers.delete(next);
      this.#nowMs = Math.max(this.#nowMs, next.atMs);
      next.ring();
    }
    this.#isTurning = false;
  }
}

export class TestServer {
  readonly clock = new TestClock();
  readonly requests: SentRequest[] = [];
  respond: Responder;

  constructor(respond: Responder) {
    this.respond = respond;
  }

  /** What a client needs to speak to it; without chance, so that pauses are as long as they may be. */
  get seams() {
    return { url: 'http://shoal.test/reef', clock: this.clock, random: () => 1, fetch: this.fetch };
  }

  get keys(): readonly (string | null)[] {
    return this.sent('POST').map(({ headers }) => headers.get('idempotency-key'));
  }

  sent(method: string): readonly SentRequest[] {
    return this.requests.filter((request) => request.method === method);
  }

  readonly fetch = async (url: string, init: RequestInit): Promise<Response> => {
    const signal = init.signal!;
    const request: SentRequest = {
      method: init.method ?? 'GET',
      path: new URL(url).pathname,
      headers: new Headers(init.headers),
      form: init.body instanceof FormData ? init.body : undefined,
      signal,
      atMs: this.clock.nowMs(),
    };
    this.requests.push(request);
    return new Promise((resolve, reject) => {
      signal.addEventListener('abort', () => reject(reasonOf(signal)));
      Promise.resolve()
        .then(() => this.respond(request))
        .then(resolve, reject);
    });
  };
}

export const id = '01a1f93c-89d6-7502-8ce3-368aebdb0ca3';

export const succeeded = {
  id,
  status: 'succeeded',
  task: 'detection',
  model: { name: 'demo', version: '1' },
  device: 'cpu',
  image: { width: 640, height: 512 },
  detections: [{ label: 'circle', classId: 0, score: 0.9, box: { x1: 1, y1: 2, x2: 3, y2: 4 } }],
  timings: { queueMs: 1, decodeMs: 1, batchMs: 1, inferMs: 1, unpackMs: 1, totalMs: 5 },
} as const;

export const queued = { id, status: 'queued', place: 1 } as const;

export function ended(status: 'failed' | 'canceled' | 'expired', code: string) {
  return { id, status, error: { code, message: `it is ${code}` } };
}

export function json(status: number, body: unknown, headers: Record<string, string> = {}): Response {
  return new Response(JSON.stringify(body), {
    status,
    headers: { 'content-type': 'application/json', 'x-request-id': 'r-1', ...headers },
  });
}

export function refusal(status: number, code: string, headers: Record<string, string> = {}): Response {
  return json(status, { error: { code, message: `it is ${code}` } }, headers);
}

export const ok = (): Response => json(200, succeeded);
export const accepted = (): Response => json(202, queued);
/** A connection that is refused, as Node tells of it. */
export const refusedConnection = (): never => {
  throw new TypeError('fetch failed', {
    cause: Object.assign(new Error('refused'), { code: 'ECONNREFUSED' }),
  });
};
export const never = (): Promise<Response> => new Promise(() => undefined);

/** Each request has the next answer; the last one stays. */
export function inTurn(...responders: readonly Responder[]): Responder {
  let turn = 0;
  return (request) => {
    const responder = responders[Math.min(turn, responders.length - 1)]!;
    turn += 1;
    return responder(request);
  };
}

/** By method: what a request for each is answered with. */
export function byMethod(responders: Readonly<Record<string, Responder>>): Responder {
  return (request) => {
    const responder = responders[request.method];
    if (responder === undefined) throw new Error(`nobody expected a ${request.method}`);
    return responder(request);
  };
}
