/**
 * What every model family must hold, as one suite of tests: a family calls it with a real model of its own and some
 * pictures in which that model finds something. It runs the real decoder and the real runtime; nothing is replaced.
 */
import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { basename } from 'node:path';
import { iou } from '@shoal/vision';
import type { RgbImage } from '@shoal/vision';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Detection, DetectionOptions, Manifest, ModelAdapter, ModelPlan, Tensor } from '../adapter.ts';
import { decodeImage } from '../flow/decode-image.ts';
import type { DecodedImage } from '../flow/decode-image.ts';
import type { InferenceInput } from '../inference/inference-protocol.ts';
import { runBatch } from '../inference/run-batch.ts';
import { openSession } from '../inference/session.ts';
import type { Session } from '../inference/session.ts';
import { readModelFolder } from '../model-folder/index.ts';

/** A model folder of the family (skipped by its name where it does not lie), or a file and what is said of it. */
export type ModelUnderTest =
  | { readonly modelDir: string }
  | { readonly name: string; readonly modelPath: string; readonly manifest: Manifest };

export type AdapterUnderTest = ModelUnderTest & {
  readonly adapter: ModelAdapter;
  /** Paths of pictures; in each the model must find something at its manifest's threshold. */
  readonly pictures: readonly string[];
  /** Which of the family's colour planes is red, counted from 0: the first for RGB, the last for BGR. */
  readonly redPlane: 0 | 2;
  /** What a full channel is to the network: 1 or 255. */
  readonly fullValue: number;
};

const pixelsMax = 100_000_000;
/** Batches are summed in another order than single pictures, so the last digits may differ. */
const scoreTolerance = 0.001;
const overlapMin = 0.99;

export function describeAdapter(subject: AdapterUnderTest): void {
  const { adapter } = subject;
  const name = 'modelDir' in subject ? basename(subject.modelDir) : subject.name;
  const isAbsent = 'modelDir' in subject && !existsSync(subject.modelDir);
  describe.skipIf(isAbsent)(`the adapter ${adapter.family} with ${name}`, () => {
    let manifest: Manifest;
    let session: Session;
    let plan: ModelPlan;
    let options: DetectionOptions;
    let pictures: readonly DecodedImage[];

    beforeAll(async () => {
      const model = 'modelDir' in subject ? await readModelFolder(subject.modelDir) : subject;
      ({ manifest } = model);
      options = manifest.defaults;
      session = await openSession(model.modelPath, { device: 'cpu' });
      plan = adapter.describe(session.io, manifest);
      pictures = await Promise.all(
        subject.pictures.map(async (path) =>
          decodeImage(await readFile(path), plan.resize, { imagePixelsMax: pixelsMax }),
        ),
      );
    });

    afterAll(() => session.release());

    const detect = async (
      images: readonly DecodedImage[],
      asked = options,
    ): Promise<readonly (readonly Detection[])[]> => {
      const items = images.map(({ views, geometries }): InferenceInput => ({
        views,
        geometries,
        options: asked,
      }));
      const { outcomes } = await runBatch(session, adapter, plan, items);
      return outcomes.map((outcome) => {
        if (!outcome.ok) throw new Error(outcome.error);
        return outcome.detections;
      });
    };

    test('its plan survives the way to another thread', () => {
      expect(structuredClone(plan)).toEqual(plan);
    });

    test('there are as many results as pictures, and something in each', async () => {
      const results = await detect(pictures);
      expect(results).toHaveLength(pictures.length);
      expect(results.map((found) => found.length > 0)).toEqual(pictures.map(() => true));
    });

    test('a batch of pictures gives what each of them gives alone', async () => {
      const together = await detect([...pictures, ...pictures.toReversed()]);
      const alone = (await Promise.all(pictures.map((picture) => detect([picture])))).flat();
      const expected = [...alone, ...alone.toReversed()];
      expect(classesOf(together)).toEqual(classesOf(expected));
      expect(expected.map((found, index) => firstDifference(together[index]!, found))).toEqual(
        expected.map(() => 0),
      );
    });

    test('boxes lie inside the picture and cover something', async () => {
      const results = await detect(pictures, { ...options, minScore: 0.01 });
      for (const [index, found] of results.entries()) {
        const { width, height } = pictures[index]!;
        for (const { box } of found) {
          expect(box.x1).toBeGreaterThanOrEqual(0);
          expect(box.y1).toBeGreaterThanOrEqual(0);
          expect(box.x2).toBeLessThanOrEqual(width);
          expect(box.y2).toBeLessThanOrEqual(height);
          expect(box.x2 - box.x1).toBeGreaterThan(0);
          expect(box.y2 - box.y1).toBeGreaterThan(0);
        }
      }
    });

    test('scores lie between the threshold and 1, the best first', async () => {
      for (const minScore of [0.01, options.minScore, 0.9]) {
        for (const found of await detect(pictures, { ...options, minScore })) {
          const scores = found.map(({ score }) => score);
          expect(scores).toEqual(scores.toSorted((a, b) => b - a));
          expect(scores.every((score) => score >= minScore && score <= 1)).toBe(true);
        }
      }
    });

    test('no more are given than asked for, and they are the best ones', async () => {
      const all = await detect(pictures);
      const one = await detect(pictures, { ...options, maxDetections: 1 });
      expect(one).toEqual(all.map((found) => found.slice(0, 1)));
    });

    test('only the classes asked for are given', async () => {
      const [found = []] = await detect(pictures.slice(0, 1));
      const { classId } = found[0]!;
      const [same = []] = await detect(pictures.slice(0, 1), { ...options, classIds: [classId] });
      expect(same.length).toBeGreaterThan(0);
      expect(same.every((detection) => detection.classId === classId)).toBe(true);
      expect(await detect(pictures.slice(0, 1), { ...options, classIds: [] })).toEqual([[]]);
    });

    test('where nothing is found there is an empty list', async () => {
      expect(await detect(pictures, { ...options, minScore: 1 })).toEqual(pictures.map(() => []));
      const [first] = pictures;
      const blank = { ...first!, views: first!.views.map((view) => filled(view, [128, 128, 128])) };
      expect(await detect([blank])).toEqual([[]]);
    });

    test('pure red is in the plane that the family means by red, and nowhere else', () => {
      const red = filled(pictures[0]!.views[0]!, [255, 0, 0]);
      const feeds = Object.values(adapter.pack([red], plan));
      expect(feeds).toHaveLength(1);
      const planes = planesOf(feeds[0]!, red).map(([lowest, highest]) => [lowest, highest]);
      const expected = [0, 1, 2].map((plane) =>
        plane === subject.redPlane ? [subject.fullValue, subject.fullValue] : [0, 0],
      );
      expect(planes).toEqual(expected);
    });

    test('a layout of another family is refused with what was expected and what was found', () => {
      const inputs = session.io.inputs.map((input) => ({ ...input, shape: [1, 640, 640, 3] }));
      expect(() => adapter.describe({ ...session.io, inputs }, manifest)).toThrow(
        /expected .*found .*640, 640, 3/,
      );
      expect(() => adapter.describe({ ...session.io, outputs: [] }, manifest)).toThrow(
        /expected .*found none/,
      );
      expect(() => adapter.describe({ ...session.io, inputs: [] }, manifest)).toThrow(
        /expected .*found 0 inputs/,
      );
    });
  });
}

function classesOf(lists: readonly (readonly Detection[])[]): readonly (readonly number[])[] {
  return lists.map((found) => found.map(({ classId }) => classId));
}

/** 0 where scores and boxes are the same within the tolerances; else the first detection that is not, from 1. */
function firstDifference(actual: readonly Detection[], expected: readonly Detection[]): number {
  return (
    1 +
    expected.findIndex(({ box, score }, index) => {
      const other = actual[index]!;
      return Math.abs(other.score - score) > scoreTolerance || iou(other.box, box) < overlapMin;
    })
  );
}

function filled({ width, height }: RgbImage, colour: readonly [number, number, number]): RgbImage {
  const data = new Uint8Array(width * height * 3);
  for (let at = 0; at < data.length; at += 3) data.set(colour, at);
  return { data, width, height };
}

/** Lowest and highest value of each of the first image's three planes. */
function planesOf({ data }: Tensor, { width, height }: RgbImage): (readonly [number, number])[] {
  const length = width * height;
  return [0, 1, 2].map((plane) => {
    const values = Array.from(data.subarray(plane * length, (plane + 1) * length) as ArrayLike<number>);
    return [values.reduce((a, b) => Math.min(a, b)), values.reduce((a, b) => Math.max(a, b))] as const;
  });
}
