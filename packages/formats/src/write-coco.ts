/**
 * A whole COCO data set: pictures, categories and annotations, each with its score, for programs that show or correct
 * what was found. The pictures stand before the annotations, so the run is read twice rather than held.
 *
 * `image_id` is the picture's place in the run, from 1, failed ones counted; failed pictures have no size, and are left
 * out. The numbers of another data set are of no use here: `coco-results` is what is evaluated against one.
 */
import { pixelXywh } from './box-forms.ts';
import { nothingLeftOut, type FormatWriter } from './format-writer.ts';
import type { FormatOptions } from './format-options.ts';
import { isAnswered, type AnsweredPicture } from './picture-result.ts';
import { rounded } from './rounded.ts';
import { SCORE_DECIMALS } from './write-coco-results.ts';

/** Heeds `minScore`, `labels`, `completedAt` and `firstCategoryId`. */
export function cocoWriter(options: FormatOptions): FormatWriter {
  const { minScore = 0, firstCategoryId = 1, labels = [], completedAt } = options;
  const leftOut = nothingLeftOut();
  const names = new Map(labels.map((label, classId) => [classId + firstCategoryId, label]));
  let place = 0;
  let written = 0;
  let annotationId = 0;

  const lines = (entries: readonly object[]): string =>
    entries.map((entry) => `${written++ === 0 ? '\n' : ',\n'}${JSON.stringify(entry)}`).join('');

  const imageOf = ({ file, prediction }: AnsweredPicture): object => ({
    id: place,
    file_name: file,
    width: prediction.image.width,
    height: prediction.image.height,
  });

  const annotationsOf = ({ prediction }: AnsweredPicture): readonly object[] =>
    prediction.detections
      .filter(({ score }) => score >= minScore)
      .map(({ classId, score, box }) => {
        const bbox = pixelXywh(box);
        return {
          id: ++annotationId,
          image_id: place,
          category_id: classId + firstCategoryId,
          bbox,
          area: rounded(bbox[2] * bbox[3], 2),
          iscrowd: 0,
          segmentation: [],
          score: rounded(score, SCORE_DECIMALS),
        };
      });

  return {
    passCount: 2,
    leftOut,
    open: (pass) => {
      place = 0;
      written = 0;
      if (pass > 0) return '"annotations": [';
      const info = { description: 'Detections by Shoal', date_created: completedAt?.toISOString() };
      return `{"info": ${JSON.stringify(info)},\n"licenses": [],\n"images": [`;
    },
    picture: (result, pass) => {
      place += 1;
      if (!isAnswered(result)) {
        leftOut.failedPictures += pass === 0 ? 1 : 0;
        return '';
      }
      if (pass > 0) return lines(annotationsOf(result));
      for (const { classId, label } of result.prediction.detections) {
        if (!names.has(classId + firstCategoryId)) names.set(classId + firstCategoryId, label);
      }
      return lines([imageOf(result)]);
    },
    close: (pass) => {
      if (pass > 0) return '\n]}\n';
      const categories = [...names].sort(([left], [right]) => left - right);
      return `\n],\n"categories": ${JSON.stringify(
        categories.map(([id, name]) => ({ id, name, supercategory: 'object' })),
      )},\n`;
    },
  };
}
