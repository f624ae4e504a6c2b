/**
 * The one id under which a request is found in every log, from the front door to the worker: the caller's own, else that
 * of the trace it belongs to (W3C Trace Context), else a new one. What a caller brings ends up in headers and logs.
 */
import { randomUUID } from 'node:crypto';
import type { IncomingHttpHeaders } from 'node:http';

const acceptable = /^[\w.:-]{1,128}$/;
/** `version-traceid-parentid-flags`; later versions may append fields. */
const traceparent = /^(?!ff)[0-9a-f]{2}-(?!0{32})([0-9a-f]{32})-(?!0{16})[0-9a-f]{16}-[0-9a-f]{2}(?:-|$)/;

export function requestIdOf(headers: IncomingHttpHeaders): string {
  const own = headers['x-request-id'];
  if (typeof own === 'string' && acceptable.test(own)) return own;
  const trace = headers['traceparent'];
  const id = typeof trace === 'string' ? traceparent.exec(trace)?.[1] : undefined;
  return id ?? randomUUID();
}
