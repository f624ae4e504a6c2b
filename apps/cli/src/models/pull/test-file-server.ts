/** A web server that gives files as real ones do, and can be told to misbehave in the ways that real ones do. */
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

export interface Asked {
  readonly path: string;
  readonly range: string | undefined;
  readonly ifRange: string | undefined;
}

export interface ServedFile {
  readonly body: Buffer;
  readonly etag?: string;
  readonly contentType?: string;
  /** Bytes after which the connection is cut, for the n-th request of this file; then it is served whole. */
  cuts?: number[];
  /** How much of the file has arrived: a cut waits for its bytes, which a client may drop that has not read them yet. */
  readonly arrived?: () => Promise<number>;
  /** The second half of the file is for later. */
  readonly secondHalf?: Promise<void>;
  readonly hasRanges?: boolean;
  /** Bytes a chunk and the pause after it. */
  readonly slow?: { readonly bytes: number; readonly pauseMs: number };
}

export interface FileServer {
  readonly url: (path: string) => string;
  readonly asked: Asked[];
  readonly files: Map<string, ServedFile>;
  /** Answers that come before a file does, one for each request. */
  readonly before: Map<string, { status: number; headers?: Record<string, string> }[]>;
  readonly close: () => Promise<void>;
}

export async function startFileServer(): Promise<FileServer> {
  const files = new Map<string, ServedFile>();
  const before: FileServer['before'] = new Map();
  const asked: Asked[] = [];
  const server = createServer((request, response) => {
    const path = request.url ?? '/';
    asked.push({
      path,
      range: request.headers.range,
      ifRange: request.headers['if-range'] as string | undefined,
    });
    const early = before.get(path)?.shift();
    if (early !== undefined) {
      response.writeHead(early.status, early.headers).end();
      return;
    }
    const file = files.get(path);
    if (file === undefined) response.writeHead(404).end();
    else serve(file, request, response).catch(() => response.destroy());
  });
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
  const { port } = server.address() as AddressInfo;
  return {
    url: (path) => `http://127.0.0.1:${port}${path}`,
    asked,
    files,
    before,
    close: () =>
      new Promise((done) => {
        server.closeAllConnections();
        server.close(() => done());
      }),
  };
}

async function serve(file: ServedFile, request: IncomingMessage, response: ServerResponse): Promise<void> {
  const { body, etag, contentType = 'application/octet-stream', hasRanges = true, slow } = file;
  const from = hasRanges ? startOf(request, file) : 0;
  if (from >= body.length && body.length > 0) {
    response.writeHead(416, { 'content-range': `bytes */${body.length}` }).end();
    return;
  }
  const rest = body.subarray(from);
  response.writeHead(from > 0 ? 206 : 200, {
    'content-type': contentType,
    'content-length': rest.length,
    ...(etag !== undefined && { etag }),
    ...(from > 0 && { 'content-range': `bytes ${from}-${body.length - 1}/${body.length}` }),
  });
  const cut = file.cuts?.shift();
  const end = cut ?? rest.length;
  const step = slow?.bytes ?? Math.max(1, Math.ceil(end / 2));
  for (let at = 0; at < end && !response.destroyed; at += step) {
    if (at >= end / 2) await file.secondHalf;
    response.write(rest.subarray(at, Math.min(at + step, end)));
    if (slow !== undefined) await pause(slow.pauseMs);
  }
  if (cut === undefined) {
    response.end();
    return;
  }
  while (file.arrived !== undefined && (await file.arrived()) < from + cut && !response.destroyed)
    await pause(5);
  response.destroy();
}

const pause = (ms: number): Promise<void> => new Promise((done) => setTimeout(done, ms));

/** 0 where the range is not asked for, or is one of a file that is no more. */
function startOf({ headers }: IncomingMessage, { etag }: ServedFile): number {
  const start = /^bytes=(\d+)-$/.exec(headers.range ?? '')?.[1];
  if (start === undefined) return 0;
  if (headers['if-range'] !== undefined && headers['if-range'] !== etag) return 0;
  return Number(start);
}
