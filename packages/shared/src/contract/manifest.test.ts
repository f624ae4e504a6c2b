import { describe, expect, test } from 'vitest';
import { manifestInputSchema, manifestSchema, modelNameSchema } from './manifest.ts';
import { predictionOptionsSchema } from './options.ts';

const minimal = { name: 'tiny', adapter: 'yolo' };

describe('a manifest', () => {
  test('needs a name and an adapter, and has defaults for the rest', () => {
    expect(manifestSchema.parse(minimal)).toEqual({
      ...minimal,
      aliases: [],
      file: 'model.onnx',
      input: {},
      defaults: { minScore: 0.25, iou: 0.45, maxDetections: 300, classAgnostic: false },
    });
    expect(manifestSchema.safeParse({ name: 'tiny' }).success).toBe(false);
    expect(manifestSchema.safeParse({ adapter: 'yolo' }).success).toBe(false);
  });

  test('one default that is given leaves the others as they are', () => {
    expect(manifestSchema.parse({ ...minimal, defaults: { minScore: 0.1 } }).defaults).toEqual({
      minScore: 0.1,
      iou: 0.45,
      maxDetections: 300,
      classAgnostic: false,
    });
  });

  test.each([
    ['at the top', { ...minimal, lables: 'labels.txt' }],
    ['in the input', { ...minimal, input: { size: 640 } }],
    ['in the defaults', { ...minimal, defaults: { minscore: 0.1 } }],
  ])('a misspelt field %s is an error and not ignored', (_where, manifest) => {
    expect(manifestSchema.safeParse(manifest).error?.issues[0]?.code).toBe('unrecognized_keys');
  });

  test('labels are a file name or a list, but no empty list and no list with gaps', () => {
    for (const labels of ['labels.txt', ['circle']]) {
      expect(manifestSchema.parse({ ...minimal, labels }).labels).toEqual(labels);
    }
    for (const labels of [[], ['circle', '']]) {
      expect(manifestSchema.safeParse({ ...minimal, labels }).success).toBe(false);
    }
  });

  test.each([
    { sha256: 'abc' },
    { weights: { url: 'ftp://models.example.org/a.pt', format: 'yolov5' } },
    { weights: { url: 'https://models.example.org/a.pt', format: 'keras' } },
    { weights: { url: 'https://models.example.org/a.pt', format: 'yolov5', md5: 'abc' } },
    { sha256: 'G'.repeat(64) },
    { maxBatch: 0 },
    { maxBatch: 1.5 },
    { version: '' },
    { aliases: ['has space'] },
    { adapter: 'YOLO' },
    { defaults: { minScore: 1.01 } },
    { defaults: { maxDetections: 0 } },
  ])('%j is refused', (fields) => {
    expect(manifestSchema.safeParse({ ...minimal, ...fields }).success).toBe(false);
  });
});

describe('a model’s name', () => {
  test.each(['a', '0', 'yolov5n-coco', 'd2.retinanet_v1', 'a'.repeat(64)])('may be %s', (name) => {
    expect(modelNameSchema.parse(name)).toBe(name);
  });

  test.each(['', 'Yolo', '-a', '.a', '..', 'a/b', 'a:b', '{a}', 'a b', 'a\n', 'é', 'a'.repeat(65)])(
    'may not be %j: it stands in URLs and Redis keys',
    (name) => {
      expect(modelNameSchema.safeParse(name).success).toBe(false);
    },
  );
});

describe('sizes by height', () => {
  const large = { width: 1_280, height: 1_280, aboveHeight: 960 };
  const small = { width: 640, height: 640 };

  test('the last one is for all other pictures, so it has no aboveHeight', () => {
    expect(manifestInputSchema.parse({ sizes: [large, small] }).sizes).toEqual([large, small]);
    const refused = manifestInputSchema.safeParse({ sizes: [small, large] });
    expect(refused.error?.issues[0]?.message).toBe('the last size must be without aboveHeight');
    expect(manifestInputSchema.safeParse({ sizes: [] }).success).toBe(false);
  });

  test.each([0, -640, 640.5, 16_385])('a side of %d pixels is refused', (width) => {
    expect(manifestInputSchema.safeParse({ width }).success).toBe(false);
    expect(manifestInputSchema.safeParse({ sizes: [{ ...small, width }] }).success).toBe(false);
  });
});

describe('options of a prediction', () => {
  test('may all be absent, and the bounds themselves are allowed', () => {
    expect(predictionOptionsSchema.parse({})).toEqual({});
    const bounds = { minScore: 0, iou: 1, maxDetections: 10_000, classes: ['circle'] };
    expect(predictionOptionsSchema.parse(bounds)).toEqual(bounds);
  });

  test.each([
    { minScore: -0.01 },
    { iou: 1.01 },
    { minScore: Number.NaN },
    { maxDetections: 0 },
    { maxDetections: 10_001 },
    { maxDetections: 2.5 },
    { classes: [] },
    { classes: [''] },
    { minScore: '0.5' },
    { other: 1 },
  ])('%j is refused', (options) => {
    expect(predictionOptionsSchema.safeParse(options).success).toBe(false);
  });
});
