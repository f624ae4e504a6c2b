/**
 * Compares a model with what its reference implementation found in the same pictures, from the bytes to the boxes:
 * the real decoder, the real runtime. The files are not part of the repository, so where they are not, it is skipped.
 */
import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { iou } from '@shoal/vision';
import type { ImageBox } from '@shoal/vision';
import { describe, expect, test } from 'vitest';
import type { Detection, ModelAdapter } from '../adapter.ts';
import { decodeImage } from '../flow/decode-image.ts';
import { runBatch } from '../inference/run-batch.ts';
import { openSession } from '../inference/session.ts';
import { readModelFolder } from '../model-folder/index.ts';

export interface GoldenSubject {
  readonly adapter: ModelAdapter;
  readonly modelDir: string;
  /** `{images: {FILE: {dets: [...], dets_agnostic?: [...]}}}` */
  readonly goldenPath: string;
  readonly imagesDir: string;
  /** What is compared: detections of at least this score. */
  readonly scoreMin: number;
  readonly iou: number;
  readonly pixelTolerance: number;
  readonly scoreTolerance: number;
}

interface GoldenDetection {
  readonly box_xyxy: readonly [number, number, number, number];
  readonly score: number;
  readonly class: number;
}

interface GoldenImage {
  readonly dets: readonly GoldenDetection[];
  readonly dets_agnostic?: readonly GoldenDetection[];
}

const pixelsMax = 100_000_000;
const timeoutMs = 120_000;

export function describeGolden(subject: GoldenSubject): void {
  const { adapter, modelDir, goldenPath, imagesDir, scoreMin } = subject;
  const isAbsent = !existsSync(goldenPath) || !existsSync(modelDir);
  describe.skipIf(isAbsent)(`${basename(modelDir)} beside its reference implementation`, () => {
    test('finds the same things in the same places', { timeout: timeoutMs }, async () => {
      const golden = JSON.parse(await readFile(goldenPath, 'utf8')) as {
        images: Record<string, GoldenImage>;
      };
      const { modelPath, manifest } = await readModelFolder(modelDir);
      const session = await openSession(modelPath, { device: 'cpu' });
      const plan = adapter.describe(session.io, manifest);
      const differences: string[] = [];
      for (const [file, { dets, dets_agnostic: agnostic }] of Object.entries(golden.images)) {
        const bytes = await readFile(join(imagesDir, file));
        const { views, geometries } = await decodeImage(bytes, plan.resize, { imagePixelsMax: pixelsMax });
        const wanted = agnostic === undefined ? [dets] : [dets, agnostic];
        const items = wanted.map((_, index) => ({
          views,
          geometries,
          options: { minScore: scoreMin, iou: subject.iou, maxDetections: 1000, classAgnostic: index === 1 },
        }));
        const { outcomes } = await runBatch(session, adapter, plan, items);
        for (const [index, outcome] of outcomes.entries()) {
          const expected = wanted[index]!.filter(({ score }) => score >= scoreMin);
          const found = outcome.ok ? outcome.detections : [];
          const problems = outcome.ok ? compare(found, expected, subject) : [outcome.error];
          differences.push(...problems.map((problem) => `${file}: ${problem}`));
        }
      }
      await session.release();
      expect(Object.keys(golden.images).length).toBeGreaterThan(0);
      expect(differences).toEqual([]);
    });
  });
}

function compare(
  found: readonly Detection[],
  expected: readonly GoldenDetection[],
  { pixelTolerance, scoreTolerance }: GoldenSubject,
): string[] {
  const left = [...found];
  const problems: string[] = [];
  for (const { class: classId, score, box_xyxy: corners } of expected) {
    const [x1, y1, x2, y2] = corners;
    const box: ImageBox = { x1, y1, x2, y2 };
    const overlaps = left.map((other) => (other.classId === classId ? iou(other.box, box) : 0));
    const best = overlaps.indexOf(Math.max(...overlaps));
    const [match] = (overlaps[best] ?? 0) > 0 ? left.splice(best, 1) : [];
    if (match === undefined) {
      problems.push(`class ${classId} of score ${score} is missing`);
      continue;
    }
    const away = Math.max(...corners.map((at, index) => Math.abs(cornersOf(match.box)[index]! - at)));
    if (away > pixelTolerance) problems.push(`class ${classId} of score ${score} is ${away} px off`);
    if (Math.abs(match.score - score) > scoreTolerance) problems.push(`${match.score} instead of ${score}`);
  }
  return [...problems, ...left.map(({ classId, score }) => `class ${classId} of score ${score} is too many`)];
}

function cornersOf({ x1, y1, x2, y2 }: ImageBox): readonly number[] {
  return [x1, y1, x2, y2];
}
