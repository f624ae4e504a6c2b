/**
 * Agreement with the reference code (YOLOv5 and Detectron2 in PyTorch) on real weights, through the whole running stack.
 * The weights are not the project's to ship: they lie beside it, and without them these tests skip.
 */
import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { predict, type Answer } from '../support/ask.ts';
import { repository } from '../support/service-process.ts';
import { startStack, type Stack } from '../support/stack.ts';

const beside = path.join(repository, '../shared');
const isThere = existsSync(path.join(beside, 'golden'));

interface GoldenDetection {
  readonly box_xyxy: readonly [number, number, number, number];
  readonly score: number;
  readonly name: string;
}

interface Golden {
  readonly images: Readonly<
    Record<string, { width?: number; height?: number; dets: readonly GoldenDetection[] }>
  >;
}

const models = [
  // libvips and OpenCV resize differently.
  { model: 'yolov5n-coco', pixels: 2, score: 0.02, minScore: 0.25 },
  // Below opset 16 ROIAlign is not aligned, and what is unsure moves more.
  { model: 'd2-retinanet', pixels: 3, score: 0.05, minScore: 0.5 },
  { model: 'd2-fasterrcnn', pixels: 3, score: 0.05, minScore: 0.5 },
];

async function goldenOf(model: string): Promise<Golden> {
  return JSON.parse(await readFile(path.join(beside, 'golden', `${model}.json`), 'utf8')) as Golden;
}

const cases = isThere
  ? await Promise.all(
      models.map(async (entry) => ({ ...entry, images: Object.keys((await goldenOf(entry.model)).images) })),
    )
  : models.map((entry) => ({ ...entry, images: ['(absent)'] }));

describe.skipIf(!isThere)('the reference beside the project', () => {
  let stack: Stack;
  beforeAll(async () => {
    stack = await startStack({
      models: models.map(({ model }) => model),
      modelsDir: path.join(beside, 'models'),
    });
  });
  afterAll(() => stack.stop());

  describe.each(cases)('$model', ({ model, images, pixels, score, minScore }) => {
    test.each(images)('%s', async (image) => {
      const expected = (await goldenOf(model)).images[image]!;
      const picture = await readFile(path.join(beside, 'images', image));
      const margin = minScore - score;
      const answer = await predict(stack.url, model, picture, { query: { minScore: String(margin) } });
      expect(answer.status).toBe(200);
      const size = expected.width === undefined ? {} : { width: expected.width, height: expected.height };
      expect(answer.body.image).toMatchObject(size);
      const found = [...answer.body.detections!];
      for (const wanted of expected.dets.filter((detection) => detection.score >= minScore)) {
        const index = found.findIndex((candidate) => agrees(candidate, wanted, pixels, score));
        expect(
          index,
          `${wanted.name} ${wanted.score} at ${wanted.box_xyxy.join()} in ${JSON.stringify(found)}`,
        ).toBeGreaterThanOrEqual(0);
        found.splice(index, 1);
      }
      // What is left over must be what the tolerance lets across the threshold, and no more.
      expect(found.filter((extra) => extra.score >= minScore + score)).toEqual([]);
    });
  });
});

function agrees(
  { label, score, box }: NonNullable<Answer['body']['detections']>[number],
  wanted: GoldenDetection,
  pixels: number,
  scoreTolerance: number,
): boolean {
  const corners = [box.x1, box.y1, box.x2, box.y2];
  return (
    label === wanted.name &&
    Math.abs(score - wanted.score) <= scoreTolerance &&
    corners.every((corner, index) => Math.abs(corner - wanted.box_xyxy[index]!) <= pixels)
  );
}
