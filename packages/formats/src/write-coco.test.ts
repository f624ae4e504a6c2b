import { execFile } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { promisify } from 'node:util';
import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { cocoNumbersOf } from './coco-numbers.ts';
import { writtenPieces, writtenText } from './format-writer.ts';
import { formatWriter, type FormatName } from './formats.ts';
import type { FormatOptions } from './format-options.ts';
import type { PictureResult } from './picture-result.ts';
import { answered, anyPicture, broken, found, MADE_UP_LABELS } from './testing/made-up-pictures.ts';

interface DataSet {
  readonly images: readonly { readonly id: number; readonly file_name: string }[];
  readonly categories: readonly { readonly id: number; readonly name: string }[];
  readonly annotations: readonly CocoDetection[];
}

interface CocoDetection {
  readonly image_id: number;
  readonly category_id: number;
  readonly bbox: readonly [number, number, number, number];
  readonly score: number;
}

const json = (name: FormatName, pictures: readonly PictureResult[], options?: FormatOptions): unknown =>
  JSON.parse(writtenText(formatWriter(name, options), pictures));
const run = [answered('a.jpg', found('eel', 0.9)), broken, answered('b.jpg', found('crab', 0.4))];

test('a data set holds pictures, categories and annotations that agree with each other', () => {
  const dataSet = json('coco', run, { labels: MADE_UP_LABELS });
  expect(dataSet).toMatchObject({
    images: [
      { id: 1, file_name: 'a.jpg', width: 200, height: 100 },
      { id: 3, file_name: 'b.jpg' },
    ],
    categories: [
      { id: 1, name: 'crab' },
      { id: 2, name: 'eel' },
      { id: 3, name: 'sea star' },
    ],
    annotations: [
      { id: 1, image_id: 1, category_id: 2, bbox: [10, 20, 20, 40], area: 800, iscrowd: 0, score: 0.9 },
      { id: 2, image_id: 3, category_id: 1, score: 0.4 },
    ],
  });
});

test('results have the numbers of the data set of the same run', () => {
  expect(json('coco-results', run)).toEqual([
    { image_id: 1, category_id: 2, bbox: [10, 20, 20, 40], score: 0.9 },
    { image_id: 3, category_id: 1, bbox: [10, 20, 20, 40], score: 0.4 },
  ]);
});

test('classes count from where they are told to', () => {
  expect(json('coco-results', run, { firstCategoryId: 0 })).toMatchObject([
    { category_id: 1 },
    { category_id: 0 },
  ]);
});

test('against another data set its numbers count, and what it does not have is left out and counted', () => {
  const cocoNumbers = cocoNumbersOf({
    images: [{ id: 139, file_name: 'a.jpg' }],
    categories: [{ id: 77, name: 'eel' }],
  });
  const writer = formatWriter('coco-results', { cocoNumbers });
  const pictures = [answered('a.jpg', found('eel', 0.9), found('crab', 0.8)), answered('c.jpg'), broken];
  expect(JSON.parse(writtenText(writer, pictures))).toMatchObject([{ image_id: 139, category_id: 77 }]);
  expect(writer.leftOut).toEqual({
    failedPictures: 1,
    foreignPictures: 1,
    foreignDetections: 1,
    foreignLabels: new Set(['crab']),
  });
});

test('a run without a picture, and one without a detection, are still JSON', () => {
  for (const pictures of [[], [answered('a.jpg')], [broken]]) {
    expect(json('coco-results', pictures)).toEqual([]);
    expect(json('coco', pictures)).toMatchObject({ annotations: [], categories: [] });
  }
});

test('of whatever pictures, every annotation belongs to a picture and a category, and its box lies where it was', () => {
  fc.assert(
    fc.property(fc.array(anyPicture, { maxLength: 6 }), (pictures) => {
      const { images, categories, annotations } = json('coco', pictures) as DataSet;
      const imageIds = new Set(images.map(({ id }) => id));
      const nameOf = new Map(categories.map(({ id, name }) => [id, name]));
      const source = pictures.flatMap((picture) =>
        'prediction' in picture ? picture.prediction.detections : [],
      );
      expect(annotations).toHaveLength(source.length);
      for (const [index, { image_id, category_id, bbox, score }] of annotations.entries()) {
        const { label, box, score: sent } = source[index]!;
        expect(imageIds).toContain(image_id);
        expect(nameOf.get(category_id)).toBe(label);
        expect(score).toBeCloseTo(sent, 5);
        expect(bbox[0]).toBeCloseTo(box.x1, 1);
        expect(bbox[1] + bbox[3]).toBeCloseTo(box.y2, 1);
        expect(Math.min(bbox[2], bbox[3])).toBeGreaterThanOrEqual(0);
      }
      expect((json('coco-results', pictures) as CocoDetection[]).map(({ image_id }) => image_id)).toEqual(
        annotations.map(({ image_id }) => image_id),
      );
    }),
  );
});

test('a run that is read piece by piece gives the text that it gives at once', async () => {
  for (const name of ['json', 'csv', 'coco', 'coco-results', 'megadetector'] as const) {
    let readings = 0;
    const pieces: string[] = [];
    const read = async function* (): AsyncGenerator<PictureResult> {
      readings += 1;
      yield* run;
    };
    const writer = formatWriter(name);
    for await (const piece of writtenPieces(writer, read)) pieces.push(piece);
    expect(pieces.join('')).toBe(writtenText(formatWriter(name), run));
    expect(readings).toBe(writer.passCount);
  }
});

/** `COCO_PYTHON` names a Python that has pycocotools; without it, the machine's own is asked. */
const python = process.env['COCO_PYTHON'] ?? 'python3';
const hasPycocotools = await promisify(execFile)(python, ['-c', 'import pycocotools.cocoeval']).then(
  () => true,
  () => false,
);

const evaluation = `
import json, sys
from pycocotools.coco import COCO
from pycocotools.cocoeval import COCOeval
truth = COCO(sys.argv[1])
judge = COCOeval(truth, truth.loadRes(sys.argv[2]), 'bbox')
judge.evaluate(); judge.accumulate(); judge.summarize()
print(json.dumps(list(judge.stats)))
`;

test.skipIf(!hasPycocotools)(
  'pycocotools reads both files, and finds results that equal the data set perfect (python3 with pycocotools)',
  async () => {
    const folder = await mkdtemp(path.join(tmpdir(), 'shoal-coco-'));
    try {
      const pictures = [
        answered('a.jpg', found('eel', 0.9, [0, 0, 50, 50]), found('crab', 0.8, [60, 10, 120, 90])),
        answered('b.jpg', found('eel', 0.7, [5, 5, 195, 95])),
        answered('empty.jpg'),
      ];
      const dataSet = writtenText(formatWriter('coco', { labels: MADE_UP_LABELS }), pictures);
      const cocoNumbers = cocoNumbersOf(JSON.parse(dataSet));
      const files = { truth: path.join(folder, 'truth.json'), found: path.join(folder, 'found.json') };
      await writeFile(files.truth, dataSet);
      await writeFile(files.found, writtenText(formatWriter('coco-results', { cocoNumbers }), pictures));
      const { stdout } = await promisify(execFile)(python, ['-c', evaluation, files.truth, files.found]);
      const [ap, ap50] = JSON.parse(stdout.trim().split('\n').at(-1)!) as number[];
      expect([ap, ap50]).toEqual([1, 1]);
    } finally {
      await rm(folder, { recursive: true });
    }
  },
);
