/**
 * One HTTP call of a chaotic time: it ends within its time-out, in a reply or an exception, and a reply that is not ours
 * is one without a body.
 */
import { resultSchema, type Result } from '../../packages/shared/src/contract/index.ts';

export interface Reply {
  readonly status: number;
  /** Of JSON; undefined for anything else. */
  readonly body: Record<string, unknown> | undefined;
  readonly retryAfterMs: number | undefined;
}

export interface Call {
  readonly method?: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: Uint8Array;
  readonly timeoutMs: number;
  /** Hangs up before. */
  readonly signal?: AbortSignal;
}

/** Throws when there is no whole reply. */
export async function call(
  address: string,
  { method = 'GET', headers, body, timeoutMs, signal }: Call,
): Promise<Reply> {
  const timeout = AbortSignal.timeout(timeoutMs);
  const response = await fetch(address, {
    method,
    ...(headers && { headers }),
    ...(body && { body: body as NonNullable<RequestInit['body']> }),
    signal: signal ? AbortSignal.any([signal, timeout]) : timeout,
  });
  const text = await response.text();
  const seconds = Number(response.headers.get('retry-after') ?? Number.NaN);
  return {
    status: response.status,
    body: parse(text),
    retryAfterMs: Number.isFinite(seconds) ? seconds * 1_000 : undefined,
  };
}

function parse(text: string): Record<string, unknown> | undefined {
  try {
    return JSON.parse(text) as Record<string, unknown>;
  } catch {
    return undefined;
  }
}

/** The final answer that a body is, if it is one. */
export function finalOf(body: unknown): Result | undefined {
  const parsed = resultSchema.safeParse(body);
  return parsed.success ? parsed.data : undefined;
}

export function idOf(body: Record<string, unknown> | undefined): string | undefined {
  return typeof body?.['id'] === 'string' ? body['id'] : undefined;
}

export function codeOf(body: Record<string, unknown> | undefined): string {
  const error = body?.['error'] as { code?: unknown } | undefined;
  return typeof error?.code === 'string' ? error.code : '';
}

/** What broke, in a word or two. */
export function causeOf(error: unknown): string {
  const { cause, name, message } = error as Error & { cause?: { code?: string; message?: string } };
  if (name === 'TimeoutError') return 'time-out';
  return cause?.code ?? cause?.message ?? message;
}

/** Addresses in turn, over all who ask. */
export function inTurn(urls: readonly string[]): () => string {
  let next = 0;
  return () => urls[next++ % urls.length]!;
}
