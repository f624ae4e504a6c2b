/** How long to wait before a request is sent again. */

export interface BackoffMs {
  readonly first: number;
  readonly max: number;
}

/** At most this is added to what the server asks for, so that all who were told the same do not come at once. */
const spreadMsMax = 1_000;

/**
 * Exponential backoff with full jitter: evenly from 0 to `first` · 2^(failures - 1), which is capped by `max`; never before the time
 * that the server asked for (Marc Brooker, "Exponential Backoff And Jitter").
 * @param failures in a row, 1 for the first
 */
export function retryDelayMs(
  failures: number,
  retryAfterMs: number | undefined,
  { first, max }: BackoffMs,
  random: () => number,
): number {
  const share = random();
  const backoffMs = share * Math.min(max, first * 2 ** (failures - 1));
  if (retryAfterMs === undefined) return backoffMs;
  return Math.max(backoffMs, retryAfterMs + share * Math.min(retryAfterMs / 4, spreadMsMax));
}

/** `Retry-After` is seconds or a date (RFC 9110, 10.2.3); anything else is as if it were not there. */
export function readRetryAfterMs(header: string | null, epochMs: number): number | undefined {
  const text = header?.trim() ?? '';
  if (/^\d{1,9}(?:\.\d+)?$/.test(text)) return Number(text) * 1000;
  // A date has a name of a day in front; a number with a sign would be taken for a year.
  const atMs = /^[a-z]/i.test(text) ? Date.parse(text) : Number.NaN;
  return Number.isNaN(atMs) ? undefined : Math.max(0, atMs - epochMs);
}
