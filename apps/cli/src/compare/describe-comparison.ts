/** A comparison for a terminal: a table of the classes, then the pictures that differ most. */
import { alignColumns, countOf } from '../terminal.ts';
import type { Comparison } from './compare-pictures.ts';
import type { ClassRow } from './tally.ts';

const classesMax = 40;
const worstMax = 10;
const renamingsMax = 10;

export function describeComparison(comparison: Comparison): string {
  const { a, b, classes, total, worst, renamings, problems } = comparison;
  const parts = [`A  ${a}\nB  ${b}`, pictureSentence(comparison)];
  if (classes.length > 0) {
    const shown = classes.slice(0, classesMax);
    const rest = classes.length - shown.length;
    parts.push(
      [
        alignColumns([columns, ...[...shown, total].map(toCells)]),
        ...(rest > 0 ? [`and ${rest} more`] : []),
      ].join('\n'),
    );
  }
  if (renamings.length > 0) {
    const rows = renamings
      .slice(0, renamingsMax)
      .map(({ a: one, b: other, count }) => [one, other, String(count)]);
    parts.push(alignColumns([['named by A', 'named by B', 'times'], ...rows]));
  }
  if (worst.length > 0) {
    const rows = worst
      .slice(0, worstMax)
      .map(({ file, disagreement, both, onlyA, onlyB }) => [
        file,
        ...[both, onlyA, onlyB].map(({ length }) => String(length)),
        disagreement.toFixed(2),
      ]);
    parts.push(alignColumns([['differ most', 'both', 'only A', 'only B', 'disagreement'], ...rows]));
  }
  if (problems.length > 0) {
    parts.push(
      problems
        .map(({ side, file, problem }) => `${file}: no answer of ${side.toUpperCase()}: ${problem}`)
        .join('\n'),
    );
  }
  return parts.join('\n\n');
}

export function pictureSentence({ pictures, overlapMin, isAnyClass }: Comparison): string {
  const { compared, agreed, unanswered } = pictures;
  const rule = `the same thing is boxes ${isAnyClass ? '' : 'of one class '}with an IoU from ${overlapMin}`;
  const left = unanswered === 0 ? '' : `; ${unanswered} could not be compared`;
  return `${countOf(compared, 'picture')} compared, the same things found in ${agreed}${left} (${rule})`;
}

export const columns = ['class', 'both', 'only A', 'only B', 'mean IoU', 'score B - A'] as const;

/** In the order of `columns`. */
export function toCells({ label, both, onlyA, onlyB, meanOverlap, meanScoreDifference }: ClassRow): string[] {
  const sign = meanScoreDifference !== null && meanScoreDifference >= 0 ? '+' : '';
  return [
    label,
    String(both),
    String(onlyA),
    String(onlyB),
    meanOverlap === null ? '' : meanOverlap.toFixed(3),
    meanScoreDifference === null ? '' : `${sign}${meanScoreDifference.toFixed(3)}`,
  ];
}
