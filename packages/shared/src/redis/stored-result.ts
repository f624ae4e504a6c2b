/** An answer as it is stored, and as a wake-up brings it: back to a result. */
import { failedResult, resultSchema, type Result } from '../contract/index.ts';

/** What stands is the answer, even if it was written by a version that says it in a way unknown here. */
export function parseResult(id: string, text: string): Result {
  const parsed = resultSchema.safeParse(JSON.parse(text));
  return parsed.success ? parsed.data : failedResult(id, 'internal', 'the answer cannot be read');
}

export interface WakeUp {
  readonly id: string;
  /** The answer as it is stored; undefined where it is too large to be sent along, and has to be fetched. */
  readonly text: string | undefined;
}

/** What `publish` says to a gateway where somebody waits. */
export function parseWakeUp(message: string): WakeUp {
  const space = message.indexOf(' ');
  if (space < 0) return { id: message, text: undefined };
  return { id: message.slice(0, space), text: message.slice(space + 1) };
}
