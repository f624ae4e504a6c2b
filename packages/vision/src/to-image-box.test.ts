import fc from 'fast-check';
import { expect, test } from 'vitest';
import { fitImage } from './fit-image.ts';
import type { Geometry, ResizePlan } from './image.ts';
import { hasArea, toImageBox } from './to-image-box.ts';

const letterbox: ResizePlan = { fit: 'letterbox', sizes: [{ width: 640, height: 640 }], padValue: 114 };
const geometry = fitImage(letterbox, 1280, 720)[0]!;

test('padding is taken off, then the scale', () => {
  expect(toImageBox({ x1: 10, y1: 150, x2: 110, y2: 250 }, geometry)).toEqual({
    x1: 20,
    y1: 20,
    x2: 220,
    y2: 220,
  });
});

test('what reaches into the padding is clipped to the picture', () => {
  expect(toImageBox({ x1: -5, y1: 0, x2: 700, y2: 640 }, geometry)).toEqual({
    x1: 0,
    y1: 0,
    x2: 1280,
    y2: 720,
  });
});

test('what lies in the padding only has no area left', () => {
  expect(hasArea(toImageBox({ x1: 10, y1: 10, x2: 100, y2: 100 }, geometry))).toBe(false);
});

test('infinite corners are clipped, and what is not a number has no area', () => {
  expect(toImageBox({ x1: -Infinity, y1: 140, x2: Infinity, y2: 500 }, geometry)).toEqual({
    x1: 0,
    y1: 0,
    x2: 1280,
    y2: 720,
  });
  expect(hasArea(toImageBox({ x1: NaN, y1: 140, x2: 10, y2: 500 }, geometry))).toBe(false);
  expect(hasArea(toImageBox({ x1: 0, y1: 140, x2: 10, y2: NaN }, geometry))).toBe(false);
});

const size = fc.integer({ min: 1, max: 8000 });
const geometries = fc
  .record({
    plan: fc.constantFrom<ResizePlan>(
      letterbox,
      { fit: 'letterbox-min', sizes: [{ width: 1280, height: 1280 }], stride: 64, padValue: 114 },
      { fit: 'shortest-edge', scales: [{ shortEdge: 800, longEdgeMax: 1333 }] },
      { fit: 'inside', width: 320, height: 256, padValue: 0 },
    ),
    width: size,
    height: size,
  })
  .map(({ plan, width, height }): Geometry => fitImage(plan, width, height)[0]!);
const unit = fc.double({ min: 0, max: 1, noNaN: true });

test('a box of the picture comes back to where it was', () => {
  fc.assert(
    fc.property(geometries, unit, unit, unit, unit, (view, a, b, c, d) => {
      const box = {
        x1: Math.min(a, b) * view.imageWidth,
        y1: Math.min(c, d) * view.imageHeight,
        x2: Math.max(a, b) * view.imageWidth,
        y2: Math.max(c, d) * view.imageHeight,
      };
      const toModelX = (x: number): number => (x * view.resizedWidth) / view.imageWidth + view.padLeft;
      const toModelY = (y: number): number => (y * view.resizedHeight) / view.imageHeight + view.padTop;
      const back = toImageBox(
        { x1: toModelX(box.x1), y1: toModelY(box.y1), x2: toModelX(box.x2), y2: toModelY(box.y2) },
        view,
      );
      for (const corner of ['x1', 'y1', 'x2', 'y2'] as const)
        expect(back[corner]).toBeCloseTo(box[corner], 5);
    }),
  );
});

test('whatever a network says, the box lies inside the picture and its corners keep their order', () => {
  const anything = fc.double({ min: -1e6, max: 1e6, noNaN: true });
  fc.assert(
    fc.property(geometries, anything, anything, anything, anything, (view, x1, y1, x2, y2) => {
      const box = toImageBox(
        { x1: Math.min(x1, x2), y1: Math.min(y1, y2), x2: Math.max(x1, x2), y2: Math.max(y1, y2) },
        view,
      );
      expect(0 <= box.x1 && box.x1 <= box.x2 && box.x2 <= view.imageWidth).toBe(true);
      expect(0 <= box.y1 && box.y1 <= box.y2 && box.y2 <= view.imageHeight).toBe(true);
    }),
  );
});
