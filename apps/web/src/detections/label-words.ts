/** What stands on the plate of a box. */
import type { Detection } from '../api/wire.ts';

/** Longer names would cover what they name; the list has them in full. */
const NAME_LENGTH_MAX = 32;

export function labelWords({ label, score }: Detection): string {
  const name = label.length > NAME_LENGTH_MAX ? `${label.slice(0, NAME_LENGTH_MAX - 1).trimEnd()}…` : label;
  return `${name} ${scoreWords(score)}`;
}

export function scoreWords(score: number): string {
  return score.toFixed(2);
}
