/** How many cases of a run are of which kind. */
import type { Kind } from './fuzz-case.ts';

/** Pictures pass through the most code; those that are slow each take seconds, and say the same thing each time. */
const shares: Readonly<Record<Kind, number>> = { images: 45, multipart: 18, json: 16, headers: 20, slow: 1 };

/** At least `cases` in all, over the kinds that were chosen. */
export function shareOut(cases: number, chosen: readonly Kind[]): Partial<Record<Kind, number>> {
  const total = chosen.reduce((sum, kind) => sum + shares[kind], 0);
  return Object.fromEntries(chosen.map((kind) => [kind, Math.ceil((cases * shares[kind]) / total)]));
}
