import { describe, expect, test } from 'vitest';
import { averagePrecision, intersectionOverUnion, meanOf } from './mean-average-precision.ts';
import type { Detection, Judged, Truth } from './mean-average-precision.ts';
import type { BoxXyxy } from './rasterise.ts';

const truth = (boxXyxy: BoxXyxy, classId = 0): Truth => ({ classId, boxXyxy });
const found = (boxXyxy: BoxXyxy, score: number, classId = 0): Detection => ({ classId, boxXyxy, score });
const apOf = (pictures: readonly Judged[]): number => averagePrecision(pictures, 0, 0.5).averagePrecision;

const LEFT: BoxXyxy = [0, 0, 10, 10];
const RIGHT: BoxXyxy = [50, 0, 60, 10];
const NOWHERE: BoxXyxy = [80, 80, 90, 90];

describe('intersection over union', () => {
  test('half of one box shifted out leaves a third', () => {
    expect(intersectionOverUnion([0, 0, 10, 10], [5, 0, 15, 10])).toBeCloseTo(1 / 3, 12);
  });

  test('boxes apart and empty boxes share nothing', () => {
    expect(intersectionOverUnion(LEFT, RIGHT)).toBe(0);
    expect(intersectionOverUnion([3, 3, 3, 3], [3, 3, 3, 3])).toBe(0);
  });
});

describe('average precision', () => {
  test('everything found and nothing else is one', () => {
    const pictures = [
      { truths: [truth(LEFT), truth(RIGHT)], detections: [found(RIGHT, 0.9), found(LEFT, 0.8)] },
    ];
    expect(apOf(pictures)).toBe(1);
  });

  test('nothing found is zero', () => {
    expect(apOf([{ truths: [truth(LEFT)], detections: [] }])).toBe(0);
  });

  test('a false find below every true one costs nothing', () => {
    expect(apOf([{ truths: [truth(LEFT)], detections: [found(LEFT, 0.9), found(NOWHERE, 0.3)] }])).toBe(1);
  });

  test('a false find above the true one halves the precision', () => {
    expect(apOf([{ truths: [truth(LEFT)], detections: [found(LEFT, 0.3), found(NOWHERE, 0.9)] }])).toBe(0.5);
  });

  test('precision is made non-increasing before it is summed', () => {
    // Right, wrong, right, right of three truths: precisions 1, 1/2, 2/3, 3/4, so recall 2/3 and 1 both earn 3/4.
    const pictures = [
      {
        truths: [truth(LEFT), truth(RIGHT), truth([0, 50, 10, 60])],
        detections: [found(LEFT, 0.9), found(NOWHERE, 0.8), found(RIGHT, 0.7), found([0, 50, 10, 60], 0.6)],
      },
    ];
    expect(apOf(pictures)).toBeCloseTo((1 + 0.75 + 0.75) / 3, 12);
  });

  test('a truth is taken once: the second find of it is false', () => {
    const pictures = [
      {
        truths: [truth(LEFT), truth(RIGHT)],
        detections: [found(LEFT, 0.9), found(LEFT, 0.8), found(RIGHT, 0.7)],
      },
    ];
    expect(apOf(pictures)).toBeCloseTo((1 + 2 / 3) / 2, 12);
  });

  test('scores are ranked across pictures', () => {
    const pictures = [
      { truths: [truth(LEFT)], detections: [found(LEFT, 0.5)] },
      { truths: [], detections: [found(LEFT, 0.6)] },
    ];
    expect(apOf(pictures)).toBe(0.5);
  });

  test('the right place under the wrong class is not a find', () => {
    expect(apOf([{ truths: [truth(LEFT)], detections: [found(LEFT, 0.9, 1)] }])).toBe(0);
  });

  test('an overlap below the limit is not a find', () => {
    expect(apOf([{ truths: [truth(LEFT)], detections: [found([5, 0, 15, 10], 0.9)] }])).toBe(0);
  });
});

test('the mean leaves out a class that no picture holds', () => {
  const pictures = [{ truths: [truth(LEFT)], detections: [found(LEFT, 0.9)] }];
  expect(meanOf([0, 1].map((classId) => averagePrecision(pictures, classId, 0.5)))).toBe(1);
});
