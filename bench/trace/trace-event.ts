/** What the recorder writes down and the join reads: one line of JSON for each event. */

/**
 * `request`: from the head of a request to the last byte of its answer, by the `x-request-id` that its sender chose. All others
 * by the prediction's id: `store` and `admit` are the two commands that accept a picture, `enqueue` adds its job, `take` hands
 * it to a worker, `mark` and `fetch` are the worker's look at it and its bytes, `publish` writes the answer, `wake` is the
 * message that brings it to the gateway.
 */
export const eventNames = [
  'request',
  'store',
  'admit',
  'enqueue',
  'take',
  'mark',
  'fetch',
  'publish',
  'wake',
] as const;
export type EventName = (typeof eventNames)[number];

export interface TraceEvent {
  /** The folder of the app. */
  readonly process: string;
  readonly event: EventName;
  readonly id: string;
  /** By the machine's own clock, which all its processes share and nobody sets. */
  readonly beganMs: number;
  readonly endedMs: number;
}

/** The time of that clock, in milliseconds since some moment. */
export function clockMs(): number {
  const [seconds, nanoseconds] = process.hrtime();
  return seconds * 1e3 + nanoseconds / 1e6;
}
