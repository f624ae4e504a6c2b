/**
 * Loaded into a gateway or a worker before its own code (`--import`): writes down when it was asked and answered, and what it
 * said to Redis, by what Node and ioredis tell on their diagnostics channels. The service knows nothing of it. Lines are gathered and
 * written a few times a second; the last of them are there that much after the last event.
 */
import diagnostics from 'node:diagnostics_channel';
import { openSync, writeSync } from 'node:fs';
import type { IncomingMessage } from 'node:http';
import type { Socket } from 'node:net';
import path from 'node:path';
import { isMainThread } from 'node:worker_threads';
import { nameCommand, wokenIds } from './name-command.ts';
import { clockMs, type EventName } from './trace-event.ts';

const writeEveryMs = 200;

/** What ioredis tells of a command; one object from its start to its end. */
interface CommandContext {
  readonly command: string;
  readonly args: readonly string[];
  readonly result?: unknown;
}

const folder = process.env['TRACE_FOLDER'];
// An inference thread is given the same options as its process.
if (isMainThread && folder !== undefined) record(folder);

function record(into: string): void {
  const service = path.basename(path.resolve(process.argv[1] ?? '', '../..'));
  const file = openSync(path.join(into, `${service}-${process.pid}.jsonl`), 'a');
  let lines = '';
  setInterval(() => {
    if (lines === '') return;
    // Not by a thread of the pool, which decodes pictures.
    writeSync(file, lines);
    lines = '';
  }, writeEveryMs).unref();
  const note = (event: EventName, id: string, beganMs: number, endedMs: number): void => {
    lines += `${JSON.stringify({ process: service, event, id, beganMs, endedMs })}\n`;
  };
  recordRequests(note);
  recordCommands(note);
  recordWakeUps(note);
}

type Note = (event: EventName, id: string, beganMs: number, endedMs: number) => void;

function recordRequests(note: Note): void {
  const begun = new WeakMap<IncomingMessage, number>();
  diagnostics.subscribe('http.server.request.start', (message) => {
    const { request } = message as { request: IncomingMessage };
    begun.set(request, clockMs());
  });
  diagnostics.subscribe('http.server.response.finish', (message) => {
    const { request } = message as { request: IncomingMessage };
    const id = request.headers['x-request-id'];
    const beganMs = begun.get(request);
    if (typeof id === 'string' && beganMs !== undefined) note('request', id, beganMs, clockMs());
  });
}

function recordCommands(note: Note): void {
  const begun = new WeakMap<CommandContext, number>();
  diagnostics.subscribe('tracing:ioredis:command:start', (message) => {
    begun.set(message as CommandContext, clockMs());
  });
  // The reply is there, and whoever waits for it is told next.
  diagnostics.subscribe('tracing:ioredis:command:asyncStart', (message) => {
    const endedMs = clockMs();
    const context = message as CommandContext;
    const named = nameCommand(context.command, context.args, context.result);
    if (named !== undefined) note(named.event, named.id, begun.get(context) ?? endedMs, endedMs);
  });
}

/** Messages of a subscription are no replies, and ioredis tells of none: the connection does. */
function recordWakeUps(note: Note): void {
  diagnostics.subscribe('net.client.socket', (message) => {
    const { socket } = message as { socket: Socket };
    let isSubscriber = false;
    const read = (chunk: Buffer): void => {
      // Confirmations and messages of RESP2; other connections carry pictures, which nobody should search.
      isSubscriber ||= /^\*3\r\n\$(?:9\r\nsubscribe|7\r\nmessage)\r\n/.test(chunk.toString('latin1', 0, 20));
      if (!isSubscriber) return;
      const atMs = clockMs();
      for (const id of wokenIds(chunk.toString('latin1'))) note('wake', id, atMs, atMs);
    };
    // Not before, or what comes would be read while nobody else listens.
    socket.once('connect', () => socket.on('data', read));
  });
}
