/**
 * Which step of the exchange a command to Redis is, and of which prediction. Scripts come by their digest, so they are known by
 * how many keys they have and by the first one. It knows nothing of clocks and files.
 */
import type { EventName } from './trace-event.ts';

export interface NamedCommand {
  readonly event: EventName;
  readonly id: string;
}

const idPattern = /[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;

/** `args` as ioredis tells them, after the command's name; `reply` is what came back. Undefined for all that is no step. */
export function nameCommand(
  command: string,
  args: readonly string[],
  reply: unknown,
): NamedCommand | undefined {
  const isScript = command === 'evalsha';
  const key = args[isScript ? 2 : 0] ?? '';
  if (key.includes(':queue:')) return isScript ? nameQueueScript(reply) : undefined;
  const id = idPattern.exec(key)?.[0];
  if (id === undefined) return undefined;
  const event = key.includes(':upload:')
    ? uploads[isScript ? `script of ${args[1]}` : command]
    : results[isScript ? `script of ${args[1]}` : command];
  return event && { event, id };
}

/** By the number of keys. */
const uploads: Readonly<Record<string, EventName>> = { set: 'store', get: 'fetch', 'script of 6': 'admit' };
const results: Readonly<Record<string, EventName>> = { 'script of 3': 'mark', 'script of 9': 'publish' };

/** BullMQ packs its arguments, so the replies tell: adding a job gives its id, and taking one the job and its id. */
function nameQueueScript(reply: unknown): NamedCommand | undefined {
  if (isId(reply)) return { event: 'enqueue', id: reply };
  const [, id] = Array.isArray(reply) ? (reply as readonly unknown[]) : [];
  return isId(id) ? { event: 'take', id } : undefined;
}

const isId = (value: unknown): value is string => typeof value === 'string' && idPattern.test(value);

/** Ids of the predictions whose answers come in a piece of what Redis sends to a gateway that listens. */
export function wokenIds(text: string): readonly string[] {
  const messages = text.matchAll(/:wake:[^\r]+\r\n\$\d+\r\n([0-9a-f-]{36})(?=[ \r])/g);
  return [...messages].map(([, id]) => id!);
}
