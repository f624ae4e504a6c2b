/**
 * COCO's list of results, which pycocotools' `loadRes` reads and evaluates against a data set. It has no place for
 * pictures without detections, and `loadRes` fails on an empty list; both are COCO's.
 *
 * Without `cocoNumbers`, `image_id` is the picture's place in the run, from 1, failed ones counted, which are the
 * numbers that `coco` gives to the same run.
 */
import { pixelXywh } from './box-forms.ts';
import { nothingLeftOut, type FormatWriter } from './format-writer.ts';
import type { FormatOptions } from './format-options.ts';
import { isAnswered } from './picture-result.ts';
import { rounded } from './rounded.ts';

export const SCORE_DECIMALS = 6;

/** Heeds `minScore`, `cocoNumbers` and `firstCategoryId`. */
export function cocoResultsWriter(options: FormatOptions): FormatWriter {
  const { minScore = 0, cocoNumbers, firstCategoryId = 1 } = options;
  const leftOut = nothingLeftOut();
  let place = 0;
  let written = 0;
  return {
    passCount: 1,
    leftOut,
    open: () => '[',
    picture: (result) => {
      place += 1;
      if (!isAnswered(result)) {
        leftOut.failedPictures += 1;
        return '';
      }
      const imageId = cocoNumbers === undefined ? place : cocoNumbers.imageIdOf(result.file);
      if (imageId === undefined) {
        leftOut.foreignPictures += 1;
        return '';
      }
      const pieces: string[] = [];
      for (const { label, classId, score, box } of result.prediction.detections) {
        if (score < minScore) continue;
        const categoryId =
          cocoNumbers === undefined ? classId + firstCategoryId : cocoNumbers.categoryIdOf(label);
        if (categoryId === undefined) {
          leftOut.foreignDetections += 1;
          leftOut.foreignLabels.add(label);
          continue;
        }
        const entry = {
          image_id: imageId,
          category_id: categoryId,
          bbox: pixelXywh(box),
          score: rounded(score, SCORE_DECIMALS),
        };
        pieces.push(`${written++ === 0 ? '\n' : ',\n'}${JSON.stringify(entry)}`);
      }
      return pieces.join('');
    },
    close: () => (written === 0 ? ']\n' : '\n]\n'),
  };
}
