import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { writtenText } from './format-writer.ts';
import { formatWriter } from './formats.ts';
import type { FormatOptions } from './format-options.ts';
import type { PictureResult } from './picture-result.ts';
import { answered, anyPicture, broken, found, MADE_UP_LABELS } from './testing/made-up-pictures.ts';

interface BatchOutput {
  readonly info: Readonly<Record<string, unknown>>;
  readonly detection_categories: Readonly<Record<string, string>>;
  readonly images: readonly {
    readonly file: string;
    readonly failure?: string;
    readonly detections:
      | readonly { readonly category: string; readonly conf: number; readonly bbox: readonly number[] }[]
      | null;
  }[];
}

const text = (pictures: readonly PictureResult[], options?: FormatOptions): string =>
  writtenText(formatWriter('megadetector', options), pictures);
const written = (...args: Parameters<typeof text>): BatchOutput => JSON.parse(text(...args)) as BatchOutput;

test('boxes are parts of the picture’s sides, and a failure has no detections rather than none found', () => {
  const batch = written([answered('dive 1/a.jpg', found('crab', 0.91234)), answered('b.jpg'), broken], {
    labels: MADE_UP_LABELS,
    completedAt: new Date(Date.UTC(2026, 10, 20, 10, 38, 5)),
    typicalMinScore: 0.2,
  });
  expect(batch).toEqual({
    info: {
      format_version: '1.5',
      detector: 'benthic 1',
      detection_completion_time: '2026-11-20 10:38:05',
      detector_metadata: { typical_detection_threshold: 0.2, conservative_detection_threshold: 0.05 },
    },
    detection_categories: { '1': 'crab', '2': 'eel', '3': 'sea star' },
    images: [
      { file: 'dive 1/a.jpg', detections: [{ category: '1', conf: 0.912, bbox: [0.05, 0.2, 0.1, 0.4] }] },
      { file: 'b.jpg', detections: [] },
      {
        file: 'dive 2/broken.jpg',
        failure: 'image_undecodable: the picture is damaged',
        detections: null,
      },
    ],
  });
});

test('animal, person and vehicle have MegaDetector’s numbers in whatever order a model has them', () => {
  const picture = answered('a.jpg', { ...found('crab', 0.9), label: 'vehicle', classId: 0 });
  const batch = written([picture], { labels: ['vehicle', 'animal'] });
  expect(batch.detection_categories).toEqual({ '1': 'animal', '2': 'person', '3': 'vehicle' });
  expect(batch.images[0]!.detections![0]!.category).toBe('3');
});

test('without the model’s labels the categories are those that were found, numbered as with them', () => {
  const picture = answered('a.jpg', found('sea star', 0.9), found('crab', 0.8));
  expect(written([picture]).detection_categories).toEqual({ '1': 'crab', '3': 'sea star' });
});

test('what is kept begins at the score at which MegaDetector begins, or where it is told', () => {
  const picture = answered('a.jpg', found('crab', 0.3), found('crab', 0.005), found('crab', 0.0049));
  expect(written([picture]).images[0]!.detections).toHaveLength(2);
  expect(written([picture], { minScore: 0.1 }).images[0]!.detections).toHaveLength(1);
});

test('a round number has a decimal point, without which readers in Python take it for no score', () => {
  expect(text([answered('a.jpg', found('crab', 1, [0, 0, 200, 100]))])).toContain(
    '"conf": 1.0, "bbox": [0.0, 0.0, 1.0, 1.0]',
  );
});

test('of whatever pictures there is one entry a picture, with boxes inside the picture and named categories', () => {
  fc.assert(
    fc.property(fc.array(anyPicture, { maxLength: 6 }), (pictures) => {
      const batch = written(pictures, { minScore: 0 });
      expect(batch.images.map(({ file }) => file)).toEqual(pictures.map(({ file }) => file));
      for (const [index, { failure, detections }] of batch.images.entries()) {
        const picture = pictures[index]!;
        expect(detections === null).toBe('error' in picture);
        expect(failure !== undefined).toBe('error' in picture);
        for (const [at, { category, conf, bbox }] of (detections ?? []).entries()) {
          const [x, y, width, height] = bbox as [number, number, number, number];
          expect(Math.min(x, y, width, height, conf)).toBeGreaterThanOrEqual(0);
          // Steps of 0.0001 as whole numbers: the sum of two decimals is not their sum in binary.
          expect(Math.round((x + width) * 10_000)).toBeLessThanOrEqual(10_000);
          expect(Math.round((y + height) * 10_000)).toBeLessThanOrEqual(10_000);
          expect(conf).toBeLessThanOrEqual(1);
          if (!('prediction' in picture)) throw new Error('a failure with detections');
          const source = picture.prediction.detections[at]!;
          expect(batch.detection_categories[category]).toBe(source.label);
          const clamped = Math.min(Math.max(source.box.x1, 0), picture.prediction.image.width);
          expect(x).toBeCloseTo(clamped / picture.prediction.image.width, 3);
        }
      }
    }),
  );
});
