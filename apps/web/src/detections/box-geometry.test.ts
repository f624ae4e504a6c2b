import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import type { Detection } from '../api/wire.ts';
import { drawOrder, placeLabel, scaleBox } from './box-geometry.ts';

const square = (side: number): Detection => ({
  label: 'square',
  score: 0.5,
  box: { x1: 0, y1: 0, x2: side, y2: side },
});

test('a box keeps its place when the picture is drawn at half its size', () => {
  const drawn = scaleBox(
    { x1: 100, y1: 40, x2: 300, y2: 240 },
    { width: 800, height: 600 },
    { width: 400, height: 300 },
  );
  expect(drawn).toEqual({ x: 50, y: 20, width: 100, height: 100 });
});

test('each axis has its own scale', () => {
  const drawn = scaleBox(
    { x1: 10, y1: 10, x2: 20, y2: 20 },
    { width: 100, height: 100 },
    { width: 200, height: 50 },
  );
  expect(drawn).toEqual({ x: 20, y: 5, width: 20, height: 5 });
});

test('whatever the box, what is drawn lies inside the drawing and has no negative size', () => {
  const pixel = fc.double({ min: -5_000, max: 5_000, noNaN: true });
  const side = fc.integer({ min: 1, max: 4_000 });
  fc.assert(
    fc.property(
      pixel,
      pixel,
      pixel,
      pixel,
      side,
      side,
      side,
      side,
      (x1, y1, x2, y2, w, h, drawnW, drawnH) => {
        const { x, y, width, height } = scaleBox(
          { x1, y1, x2, y2 },
          { width: w, height: h },
          { width: drawnW, height: drawnH },
        );
        expect(Math.min(x, y, width, height)).toBeGreaterThanOrEqual(0);
        expect(x + width).toBeLessThanOrEqual(drawnW + 0.02);
        expect(y + height).toBeLessThanOrEqual(drawnH + 0.02);
      },
    ),
  );
});

test('before the picture has a size on the page, nothing becomes NaN', () => {
  const drawn = scaleBox({ x1: 1, y1: 1, x2: 2, y2: 2 }, { width: 0, height: 0 }, { width: 0, height: 0 });
  expect(drawn).toEqual({ x: 0, y: 0, width: 0, height: 0 });
});

test('a name sits on its box, inside it at the top edge, and never leaves the drawing at the right', () => {
  const drawing = { width: 200, height: 100 };
  const name = { width: 60, height: 20 };
  expect(placeLabel({ x: 50, y: 50, width: 40, height: 40 }, name, drawing)).toMatchObject({ x: 50, y: 30 });
  expect(placeLabel({ x: 50, y: 5, width: 40, height: 40 }, name, drawing)).toMatchObject({ x: 50, y: 5 });
  expect(placeLabel({ x: 190, y: 50, width: 10, height: 40 }, name, drawing)).toMatchObject({
    x: 140,
    y: 30,
  });
});

test('a small box inside a large one is drawn after it, where a pointer reaches it', () => {
  expect(drawOrder([square(10), square(100), square(50)])).toEqual([1, 2, 0]);
});
