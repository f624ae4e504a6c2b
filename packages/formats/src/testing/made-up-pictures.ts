/** Pictures that nobody took: small ones to read in a test, and whatever a server and a file system could come up with. */
import * as fc from 'fast-check';
import type { FailedPicture, PictureResult, PredictedDetection } from '../picture-result.ts';

export const MADE_UP_LABELS: readonly string[] = ['crab', 'eel', 'sea star'];

export function found(
  label: string,
  score: number,
  [x1, y1, x2, y2]: readonly [number, number, number, number] = [10, 20, 30, 60],
): PredictedDetection {
  const classId = MADE_UP_LABELS.indexOf(label);
  return { label, classId: classId < 0 ? MADE_UP_LABELS.length : classId, score, box: { x1, y1, x2, y2 } };
}

export function answered(file: string, ...detections: readonly PredictedDetection[]): PictureResult {
  return {
    file,
    prediction: {
      model: { name: 'benthic', version: '1' },
      image: { width: 200, height: 100 },
      detections,
    },
  };
}

export const broken: FailedPicture = {
  file: 'dive 2/broken.jpg',
  error: { code: 'image_undecodable', message: 'the picture is damaged' },
};

const side = fc.integer({ min: 1, max: 20_000 });

const detectionIn = (width: number, height: number): fc.Arbitrary<PredictedDetection> =>
  fc
    .record({
      classId: fc.nat({ max: MADE_UP_LABELS.length - 1 }),
      score: fc.double({ min: 0, max: 1, noNaN: true }),
      xs: fc.tuple(
        fc.double({ min: -5, max: width + 5, noNaN: true }),
        fc.double({ min: -5, max: width + 5, noNaN: true }),
      ),
      ys: fc.tuple(
        fc.double({ min: -5, max: height + 5, noNaN: true }),
        fc.double({ min: -5, max: height + 5, noNaN: true }),
      ),
    })
    .map(({ classId, score, xs, ys }) => ({
      label: MADE_UP_LABELS[classId]!,
      classId,
      score,
      box: { x1: Math.min(...xs), y1: Math.min(...ys), x2: Math.max(...xs), y2: Math.max(...ys) },
    }));

/** Names with everything in them that a table or JSON could stumble over. */
export const anyText: fc.Arbitrary<string> = fc.oneof(
  fc.string({ unit: 'grapheme' }),
  fc.string({
    unit: fc.constantFrom('=', '+', '-', '@', '"', "'", ',', ';', '\t', '\r', '\n', ' ', 'a', '1'),
  }),
);

export const anyPicture: fc.Arbitrary<PictureResult> = fc.oneof(
  {
    weight: 1,
    arbitrary: fc.record({ file: anyText, error: fc.record({ code: anyText, message: anyText }) }),
  },
  {
    weight: 4,
    arbitrary: fc.tuple(anyText, side, side).chain(([file, width, height]) =>
      fc.array(detectionIn(width, height), { maxLength: 5 }).map((detections) => ({
        file,
        prediction: { model: { name: 'benthic', version: '1' }, image: { width, height }, detections },
      })),
    ),
  },
);
