/** The answers of two sides, picture by picture, to what is said of all of them together. It holds one picture, sums and the worst. */
import type { FoundPicture } from '../pictures/walk-pictures.ts';
import { disagreementOf, matchDetections, type MatchOptions } from './match-detections.ts';
import type { PictureAnswer, Side, Unanswered } from './side.ts';
import { tee } from './tee.ts';
import { Tally, type ClassRow, type Renaming } from './tally.ts';
import { WorstPictures, type ComparedPicture } from './worst-pictures.ts';

export interface ComparisonOptions extends MatchOptions {
  readonly worstMax: number;
  readonly signal: AbortSignal;
  /** Told after each picture. */
  readonly onPicture?: () => void;
}

export interface Comparison {
  readonly a: string;
  readonly b: string;
  readonly overlapMin: number;
  readonly isAnyClass: boolean;
  readonly pictures: {
    readonly compared: number;
    /** The same things, whatever their boxes and scores differ by. */
    readonly agreed: number;
    /** Without an answer of one side or of both. */
    readonly unanswered: number;
  };
  readonly total: ClassRow;
  readonly classes: readonly ClassRow[];
  readonly renamings: readonly Renaming[];
  readonly worst: readonly ComparedPicture[];
  /** The first few. */
  readonly problems: readonly (Unanswered & { readonly side: 'a' | 'b' })[];
}

const problemsMax = 20;

/** Throws what a side throws. */
export async function comparePictures(
  [a, b]: readonly [Side, Side],
  pictures: AsyncIterable<FoundPicture>,
  { worstMax, signal, onPicture, ...match }: ComparisonOptions,
): Promise<Comparison> {
  const tally = new Tally();
  const worst = new WorstPictures(worstMax);
  const problems: Comparison['problems'][number][] = [];
  let [compared, agreed, unanswered] = [0, 0, 0];
  for await (const answers of inStep(a, b, pictures, signal)) {
    onPicture?.();
    const [ofA, ofB] = answers;
    if ('problem' in ofA || 'problem' in ofB) {
      unanswered += 1;
      const sides = ['a', 'b'] as const;
      const told = answers.flatMap((answer, index) =>
        'problem' in answer ? [{ side: sides[index]!, ...answer }] : [],
      );
      problems.push(...told.slice(0, problemsMax - problems.length));
      continue;
    }
    const matching = matchDetections(ofA.detections, ofB.detections, match);
    tally.add(matching);
    const { width, height } = ofA.image;
    worst.add({ file: ofA.file, width, height, disagreement: disagreementOf(matching), ...matching });
    compared += 1;
    const isSame = matching.both.every((pair) => pair.a.label === pair.b.label);
    if (isSame && matching.onlyA.length + matching.onlyB.length === 0) agreed += 1;
  }
  return {
    a: a.title,
    b: b.title,
    overlapMin: match.overlapMin,
    isAnyClass: match.isAnyClass,
    pictures: { compared, agreed, unanswered },
    total: tally.total,
    classes: tally.classes,
    renamings: tally.renamings,
    worst: worst.pictures,
    problems,
  };
}

/** Both get the same pictures; neither is ahead of the other by more than it has under way. */
async function* inStep(
  a: Side,
  b: Side,
  pictures: AsyncIterable<FoundPicture>,
  signal: AbortSignal,
): AsyncGenerator<readonly [PictureAnswer, PictureAnswer]> {
  const over = new AbortController();
  const either = AbortSignal.any([signal, over.signal]);
  const { readers, end } = tee(pictures);
  const left = a.answers(readers[0], either)[Symbol.asyncIterator]();
  const right = b.answers(readers[1], either)[Symbol.asyncIterator]();
  try {
    for (;;) {
      const [ofA, ofB] = await Promise.all([left.next(), right.next()]);
      if (ofA.done === true || ofB.done === true) return;
      yield [ofA.value, ofB.value];
    }
  } finally {
    over.abort();
    await Promise.allSettled([left.return?.(), right.return?.(), end()]);
  }
}
