import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import type { Detection } from '../api/wire.ts';
import { boxRectangle, smallestBoxAt } from './box-geometry.ts';

const square = (from: number, to: number): Detection => ({
  label: 'square',
  score: 0.5,
  box: { x1: from, y1: from, x2: to, y2: to },
});

test('whatever the box, its rectangle lies inside the picture and has no negative size', () => {
  const pixel = fc.double({ min: -5_000, max: 5_000, noNaN: true });
  const side = fc.integer({ min: 0, max: 4_000 });
  fc.assert(
    fc.property(pixel, pixel, pixel, pixel, side, side, (x1, y1, x2, y2, width, height) => {
      const drawn = boxRectangle({ x1, y1, x2, y2 }, { width, height });
      expect(Math.min(drawn.x, drawn.y, drawn.width, drawn.height)).toBeGreaterThanOrEqual(0);
      expect(drawn.x + drawn.width).toBeLessThanOrEqual(width + 1e-9);
      expect(drawn.y + drawn.height).toBeLessThanOrEqual(height + 1e-9);
    }),
  );
});

test('a small box inside a large one is the one that is meant', () => {
  const boxes = [square(0, 100), square(40, 50), square(200, 300)];
  expect(smallestBoxAt(boxes, 45, 45, 0)).toBe(1);
  expect(smallestBoxAt(boxes, 10, 10, 0)).toBe(0);
});

test('a little beside a box still counts, far from every box nothing does', () => {
  const boxes = [square(10, 12)];
  expect(smallestBoxAt(boxes, 14, 11, 3)).toBe(0);
  expect(smallestBoxAt(boxes, 16, 11, 3)).toBeUndefined();
  expect(smallestBoxAt([], 1, 1, 3)).toBeUndefined();
});
