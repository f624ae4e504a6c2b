import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { ImageBox } from './boxes.ts';
import { iou } from './iou.ts';

const box = (x1: number, y1: number, x2: number, y2: number): ImageBox => ({ x1, y1, x2, y2 });

test.each([
  ['the same box', box(0, 0, 10, 10), 1],
  ['half of it', box(0, 0, 5, 10), 0.5],
  ['a quarter overlapping', box(5, 5, 15, 15), 25 / 175],
  ['a neighbour that touches', box(10, 0, 20, 10), 0],
  ['a box far away', box(50, 50, 60, 60), 0],
  ['a box without area', box(5, 5, 5, 5), 0],
])('a square and %s', (_, other, expected) => {
  expect(iou(box(0, 0, 10, 10), other)).toBeCloseTo(expected, 12);
});

test('two boxes without area have nothing in common', () => {
  expect(iou(box(1, 1, 1, 1), box(1, 1, 1, 1))).toBe(0);
});

test('is symmetric, between 0 and 1, and 1 only for the same box', () => {
  const coordinate = fc.integer({ min: 0, max: 100 });
  const boxes = fc
    .tuple(coordinate, coordinate, fc.integer({ min: 1, max: 50 }), fc.integer({ min: 1, max: 50 }))
    .map(([x, y, width, height]) => box(x, y, x + width, y + height));
  fc.assert(
    fc.property(boxes, boxes, (a, b) => {
      const value = iou(a, b);
      expect(value).toBe(iou(b, a));
      expect(value).toBeGreaterThanOrEqual(0);
      expect(value).toBeLessThanOrEqual(1);
      expect(value === 1).toBe(JSON.stringify(a) === JSON.stringify(b));
    }),
  );
});
