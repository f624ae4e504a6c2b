/**
 * One request over HTTP to a host that a caller named: only to addresses that were checked, and to no others, bounded in
 * time and in size. The connection is made to the checked address, the certificate is held against the name. It follows no
 * redirects, goes through no proxy, keeps no connection and unpacks nothing.
 */
import type { LookupAddress } from 'node:dns';
import { request as requestHttp, type IncomingHttpHeaders, type IncomingMessage } from 'node:http';
import { request as requestHttps } from 'node:https';
import type { LookupFunction } from 'node:net';
import { OutboundError } from './outbound-error.ts';
import { resolveHost, systemResolver, type Resolver } from './resolve-host.ts';

export interface GuardedRequest {
  readonly url: URL;
  readonly method: 'GET' | 'POST';
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: string;
  readonly allowsPrivate: boolean;
  /** From the resolution of the name to the last byte of the answer. */
  readonly timeoutMs: number;
  /** Of the body of a 200; with 0 it is not read, and neither are those of other statuses. */
  readonly bytesMax: number;
  /** Told once, before the body is read, of how many bytes it may have; may throw. */
  readonly beforeBody?: (bytes: number) => void;
  readonly signal?: AbortSignal;
}

export interface GuardedAnswer {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly body: Buffer;
}

/** Rejects with an OutboundError, or with what `beforeBody` threw. */
export async function guardedRequest(
  asked: GuardedRequest,
  resolver: Resolver = systemResolver,
): Promise<GuardedAnswer> {
  if (asked.url.protocol !== 'http:' && asked.url.protocol !== 'https:') {
    throw new OutboundError('refused', 'the URL is neither http nor https');
  }
  const timeout = AbortSignal.timeout(asked.timeoutMs);
  const signal = asked.signal === undefined ? timeout : AbortSignal.any([timeout, asked.signal]);
  try {
    signal.throwIfAborted();
    const resolved = resolveHost(asked.url, asked.allowsPrivate, resolver);
    const addresses = await Promise.race([resolved, whenAborted(signal)]);
    const answer = await send(asked, addresses, signal);
    return { status: answer.statusCode ?? 0, headers: answer.headers, body: await readBody(answer, asked) };
  } catch (error) {
    throw describe(error, asked, timeout);
  }
}

function send(
  { url, method, headers, body }: GuardedRequest,
  addresses: readonly LookupAddress[],
  signal: AbortSignal,
): Promise<IncomingMessage> {
  const request = url.protocol === 'https:' ? requestHttps : requestHttp;
  return new Promise((resolve, reject) => {
    const length = body === undefined ? {} : { 'content-length': String(Buffer.byteLength(body)) };
    request(url, {
      method,
      headers: { ...headers, ...length, 'accept-encoding': 'identity' },
      lookup: pinnedTo(addresses),
      // A connection of somebody else's request would be one that nobody has checked for this one.
      agent: false,
      signal,
    })
      .on('response', resolve)
      .on('error', reject)
      .end(body);
  });
}

/** Answers for every name with what was checked. */
function pinnedTo(addresses: readonly LookupAddress[]): LookupFunction {
  return (_host, { all }, callback) => {
    const [first] = addresses;
    if (all === true) callback(null, [...addresses]);
    else callback(null, first!.address, first!.family);
  };
}

async function readBody(answer: IncomingMessage, { bytesMax, beforeBody }: GuardedRequest): Promise<Buffer> {
  if (bytesMax === 0 || answer.statusCode !== 200) {
    answer.destroy();
    return Buffer.alloc(0);
  }
  const tooLarge = () => new OutboundError('too-large', `the answer is larger than ${bytesMax} bytes`);
  try {
    const declared = Number(answer.headers['content-length']);
    if (declared > bytesMax) throw tooLarge();
    beforeBody?.(Number.isSafeInteger(declared) ? declared : bytesMax);
    const chunks: Buffer[] = [];
    let size = 0;
    for await (const chunk of answer as AsyncIterable<Buffer>) {
      size += chunk.length;
      if (size > bytesMax) throw tooLarge();
      chunks.push(chunk);
    }
    return Buffer.concat(chunks);
  } finally {
    answer.destroy();
  }
}

function whenAborted(signal: AbortSignal): Promise<never> {
  return new Promise((_, reject) => {
    signal.addEventListener('abort', () => reject(signal.reason as Error), { once: true });
  });
}

function describe(error: unknown, { timeoutMs }: GuardedRequest, timeout: AbortSignal): unknown {
  if (error instanceof OutboundError) return error;
  if (timeout.aborted) return new OutboundError('timeout', `no answer within ${timeoutMs} ms`, error);
  const { code } = error as NodeJS.ErrnoException;
  // Errors of sockets, of TLS and of the parser have codes; what has none is somebody's own.
  if (code === undefined) return error;
  return new OutboundError('unreachable', `no connection (${code})`, error);
}
