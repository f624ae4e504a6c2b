/**
 * Reads an HTTP/1.1 response off the bytes of a connection, as far as they have come. A lenient parser would hide what a
 * server does wrong, so it says `broken` for everything that is no response.
 */
export interface Response {
  readonly status: number;
  /** Names in lower case. */
  readonly headers: ReadonlyMap<string, string>;
  readonly body: Buffer;
}

/** `isOver`: no more bytes will come. Resolves to undefined while bytes are missing. */
export function parseResponse(
  bytes: Buffer,
  isOver: boolean,
  isBodiless: boolean,
): Response | 'broken' | undefined {
  const headEnd = bytes.indexOf('\r\n\r\n');
  if (headEnd < 0) return isOver || bytes.length > 100_000 ? 'broken' : undefined;
  const [first = '', ...lines] = bytes.toString('latin1', 0, headEnd).split('\r\n');
  const status = Number(/^HTTP\/1\.1 ([1-5]\d\d) /.exec(first)?.[1]);
  if (Number.isNaN(status)) return 'broken';
  const rest = bytes.subarray(headEnd + 4);
  // `100 Continue` and its like are no answer; the answer comes after.
  if (status < 200 && status !== 101) {
    return rest.length === 0 && !isOver ? undefined : parseResponse(rest, isOver, isBodiless);
  }
  const headers = new Map<string, string>();
  for (const line of lines) {
    const colon = line.indexOf(':');
    if (colon < 1) return 'broken';
    headers.set(line.slice(0, colon).toLowerCase(), line.slice(colon + 1).trim());
  }
  const body =
    isBodiless || status === 204 || status === 304 ? Buffer.alloc(0) : bodyOf(headers, rest, isOver);
  return typeof body === 'object' ? { status, headers, body } : body;
}

function bodyOf(
  headers: ReadonlyMap<string, string>,
  rest: Buffer,
  isOver: boolean,
): Buffer | 'broken' | undefined {
  const missing = isOver ? 'broken' : undefined;
  if (headers.get('transfer-encoding') === 'chunked') return unchunk(rest) ?? missing;
  const length = headers.get('content-length');
  if (length === undefined) return isOver ? rest : undefined;
  return rest.length >= Number(length) ? rest.subarray(0, Number(length)) : missing;
}

function unchunk(bytes: Buffer): Buffer | undefined {
  const chunks: Buffer[] = [];
  for (let at = 0; ;) {
    const lineEnd = bytes.indexOf('\r\n', at);
    if (lineEnd < 0) return undefined;
    const size = Number.parseInt(bytes.toString('latin1', at, lineEnd), 16);
    const end = lineEnd + 2 + size;
    if (bytes.length < end + 2) return undefined;
    if (size === 0) return Buffer.concat(chunks);
    chunks.push(bytes.subarray(lineEnd + 2, end));
    at = end + 2;
  }
}
