/** Adds up matchings of many pictures: a row for each class and one for all, in memory that grows with the classes alone. */
import type { Matching } from './match-detections.ts';

export interface ClassRow {
  readonly label: string;
  readonly both: number;
  readonly onlyA: number;
  readonly onlyB: number;
  /** Of what both have; null where they have nothing in common. */
  readonly meanOverlap: number | null;
  /** Score of B less score of A, of what both have. */
  readonly meanScoreDifference: number | null;
}

export interface Renaming {
  readonly a: string;
  readonly b: string;
  readonly count: number;
}

interface Sums {
  both: number;
  onlyA: number;
  onlyB: number;
  overlap: number;
  scoreDifference: number;
}

export class Tally {
  readonly #classes = new Map<string, Sums>();
  readonly #renamings = new Map<string, Renaming>();

  /** A pair of two classes counts for the class that A gives it. */
  add({ both, onlyA, onlyB }: Matching): void {
    for (const { a, b, overlap } of both) {
      const sums = this.#of(a.label);
      sums.both += 1;
      sums.overlap += overlap;
      sums.scoreDifference += b.score - a.score;
      if (a.label !== b.label) this.#rename(a.label, b.label);
    }
    for (const { label } of onlyA) this.#of(label).onlyA += 1;
    for (const { label } of onlyB) this.#of(label).onlyB += 1;
  }

  /** Those with the most differences first, then by name. */
  get classes(): readonly ClassRow[] {
    return Array.from(this.#classes, ([label, sums]) => toRow(label, sums)).sort(
      (one, other) =>
        other.onlyA + other.onlyB - (one.onlyA + one.onlyB) || (one.label < other.label ? -1 : 1),
    );
  }

  get total(): ClassRow {
    const total = noSums();
    for (const sums of this.#classes.values()) {
      for (const key of Object.keys(total) as (keyof Sums)[]) total[key] += sums[key];
    }
    return toRow('all', total);
  }

  /** What A calls one thing and B another, the most frequent first. */
  get renamings(): readonly Renaming[] {
    return [...this.#renamings.values()].sort((one, other) => other.count - one.count);
  }

  #of(label: string): Sums {
    let sums = this.#classes.get(label);
    if (sums === undefined) this.#classes.set(label, (sums = noSums()));
    return sums;
  }

  #rename(a: string, b: string): void {
    const key = JSON.stringify([a, b]);
    this.#renamings.set(key, { a, b, count: (this.#renamings.get(key)?.count ?? 0) + 1 });
  }
}

const noSums = (): Sums => ({ both: 0, onlyA: 0, onlyB: 0, overlap: 0, scoreDifference: 0 });

function toRow(label: string, { both, onlyA, onlyB, overlap, scoreDifference }: Sums): ClassRow {
  const meanOf = (sum: number): number | null => (both === 0 ? null : sum / both);
  return {
    label,
    both,
    onlyA,
    onlyB,
    meanOverlap: meanOf(overlap),
    meanScoreDifference: meanOf(scoreDifference),
  };
}
