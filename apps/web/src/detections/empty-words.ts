/** What stands in place of an empty list: why it is empty, and what would fill it. */
import type { Detection } from '../api/wire.ts';
import { scoreWords } from './label-words.ts';
import type { Look } from './use-look.ts';

/** @param detections of the answer, best first; undefined before there is one */
export function emptyWords(
  detections: readonly Detection[] | undefined,
  { shown, classes, minScore }: Pick<Look, 'shown' | 'classes' | 'minScore'>,
): string | undefined {
  if (shown.length > 0) return undefined;
  if (detections === undefined) return 'What is found in a picture is listed here.';
  const [best] = detections;
  if (best === undefined) return 'The model found nothing in this picture.';
  if (classes.length > 0) return 'All classes are hidden. Choose one of them to see it.';
  const below = detections.length === 1 ? 'One detection is' : `${detections.length} detections are`;
  return (
    `${below} below the minimum score of ${scoreWords(minScore)}; the best one, ${best.label}, ` +
    `has ${scoreWords(best.score)}. Lower the minimum score to see more.`
  );
}
