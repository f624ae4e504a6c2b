import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { iou } from './iou.ts';
import { candidatesMax, nonMaxSuppression } from './non-max-suppression.ts';
import type { SuppressionOptions } from './non-max-suppression.ts';
import { toBox, toCandidates, type TestBox } from './test-boxes.ts';

const options = (changes: Partial<SuppressionOptions> = {}): SuppressionOptions => ({
  iou: 0.5,
  maxDetections: 300,
  classAgnostic: false,
  ...changes,
});

const pair: TestBox[] = [
  { xyxy: [0, 0, 10, 10], score: 0.6, classId: 0 },
  { xyxy: [1, 0, 11, 10], score: 0.9, classId: 1 },
];

describe('two boxes of one place', () => {
  test('both stay when their classes differ', () => {
    expect(nonMaxSuppression(toCandidates(pair), options())).toEqual([1, 0]);
  });

  test('the better one stays when classes do not count', () => {
    expect(nonMaxSuppression(toCandidates(pair), options({ classAgnostic: true }))).toEqual([1]);
  });

  test('the better one stays when they are of one class', () => {
    const same = pair.map((box) => ({ ...box, classId: 7 }));
    expect(nonMaxSuppression(toCandidates(same), options())).toEqual([1]);
  });

  test('both stay when they overlap exactly as much as is allowed', () => {
    const half: TestBox[] = [
      { xyxy: [0, 0, 10, 10], score: 0.9, classId: 0 },
      { xyxy: [0, 0, 5, 10], score: 0.8, classId: 0 },
    ];
    expect(nonMaxSuppression(toCandidates(half), options({ iou: 0.5 }))).toEqual([0, 1]);
    expect(nonMaxSuppression(toCandidates(half), options({ iou: 0.49 }))).toEqual([0]);
  });
});

test('a box that only a suppressed one overlapped stays', () => {
  const chain: TestBox[] = [
    { xyxy: [0, 0, 10, 10], score: 0.9, classId: 0 },
    { xyxy: [4, 0, 14, 10], score: 0.8, classId: 0 },
    { xyxy: [8, 0, 18, 10], score: 0.7, classId: 0 },
  ];
  expect(nonMaxSuppression(toCandidates(chain), options({ iou: 0.3 }))).toEqual([0, 2]);
});

test('boxes that are apart in both directions stay', () => {
  const apart: TestBox[] = [
    { xyxy: [0, 0, 10, 10], score: 0.9, classId: 0 },
    { xyxy: [15, 15, 25, 25], score: 0.8, classId: 0 },
  ];
  expect(nonMaxSuppression(toCandidates(apart), options({ iou: 0.1 }))).toEqual([0, 1]);
});

test('nothing in, nothing out', () => {
  expect(nonMaxSuppression(toCandidates([]), options())).toEqual([]);
});

test('no more than asked for are kept, and they are the best', () => {
  const apart = Array.from({ length: 20 }, (_, index): TestBox => ({
    xyxy: [index * 20, 0, index * 20 + 10, 10],
    score: index / 20,
    classId: index % 3,
  }));
  expect(nonMaxSuppression(toCandidates(apart), options({ maxDetections: 3 }))).toEqual([19, 18, 17]);
});

test('the first survivor still suppresses after hundreds of others', () => {
  const apart = Array.from({ length: 500 }, (_, index): TestBox => ({
    xyxy: [index * 20, 0, index * 20 + 10, 10],
    score: 1 - index / 1000,
    classId: 0,
  }));
  const again: TestBox = { ...apart[0]!, score: 0.1 };
  expect(nonMaxSuppression(toCandidates([...apart, again]), options({ maxDetections: 1000 }))).toHaveLength(
    500,
  );
});

test('a flood of candidates is cut off at the lowest scores', () => {
  const count = candidatesMax + 5;
  const xyxy = new Float64Array(count * 4);
  for (let index = 0; index < count; index += 1) xyxy.set([index * 3, 0, index * 3 + 1, 1], index * 4);
  const scores = Float64Array.from({ length: count }, (_, index) => index / count);
  const flood = {
    count,
    xyxy,
    scores,
    classIds: Int32Array.from({ length: count }, (_, index) => index % 500),
  };
  const kept = nonMaxSuppression(flood, options({ maxDetections: Infinity }));
  expect(kept).toHaveLength(candidatesMax);
  expect(kept.at(-1)).toBe(5);
});

const coordinate = fc.integer({ min: 0, max: 60 });
const extent = fc.integer({ min: 1, max: 30 });
const boxes = fc.array(
  fc
    .tuple(
      coordinate,
      coordinate,
      extent,
      extent,
      fc.integer({ min: 1, max: 20 }),
      fc.integer({ min: 0, max: 2 }),
    )
    .map(([x, y, width, height, score, classId]): TestBox => ({
      xyxy: [x, y, x + width, y + height],
      score: score / 20,
      classId,
    })),
  { maxLength: 40 },
);
const settings = fc.record({
  iou: fc.constantFrom(0.1, 0.45, 0.7),
  maxDetections: fc.constantFrom(3, 1000),
  classAgnostic: fc.boolean(),
});
const overlap = (a: TestBox, b: TestBox): number => iou(toBox(a), toBox(b));
const rivals = (a: TestBox, b: TestBox, agnostic: boolean): boolean => agnostic || a.classId === b.classId;

test('survivors come best first and none overlaps another too much', () => {
  fc.assert(
    fc.property(boxes, settings, (all, asked) => {
      const kept = nonMaxSuppression(toCandidates(all), asked).map((index) => all[index]!);
      expect(kept.length).toBeLessThanOrEqual(asked.maxDetections);
      expect(kept.map(({ score }) => score)).toEqual(
        kept.map(({ score }) => score).toSorted((a, b) => b - a),
      );
      const clashes = kept.flatMap((a, index) =>
        kept.slice(index + 1).filter((b) => rivals(a, b, asked.classAgnostic) && overlap(a, b) > asked.iou),
      );
      expect(clashes).toEqual([]);
    }),
  );
});

test('whatever is missing overlaps a survivor that is at least as good, or came after the limit', () => {
  fc.assert(
    fc.property(boxes, settings, (all, asked) => {
      const indices = nonMaxSuppression(toCandidates(all), asked);
      const kept = indices.map((index) => all[index]!);
      const isFull = kept.length === asked.maxDetections;
      for (const [index, box] of all.entries()) {
        if (indices.includes(index)) continue;
        const hasRival = kept.some(
          (other) =>
            rivals(box, other, asked.classAgnostic) &&
            overlap(box, other) > asked.iou &&
            other.score >= box.score,
        );
        expect(hasRival || (isFull && box.score <= kept.at(-1)!.score)).toBe(true);
      }
    }),
  );
});

test('the order in which candidates come does not matter, not even between equal scores', () => {
  fc.assert(
    fc.property(
      boxes.chain((all) => fc.tuple(fc.constant(all), fc.shuffledSubarray(all, { minLength: all.length }))),
      settings,
      ([all, shuffled], asked) => {
        const keep = (list: TestBox[]) =>
          nonMaxSuppression(toCandidates(list), asked).map((index) => list[index]!);
        expect(keep(shuffled)).toEqual(keep(all));
      },
    ),
  );
});

test('survivors survive once more', () => {
  fc.assert(
    fc.property(boxes, settings, (all, asked) => {
      const kept = nonMaxSuppression(toCandidates(all), asked).map((index) => all[index]!);
      expect(nonMaxSuppression(toCandidates(kept), asked)).toEqual(kept.map((_, index) => index));
    }),
  );
});
