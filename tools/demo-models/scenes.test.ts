import { createHash } from 'node:crypto';
import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { SHAPES, drawScene } from './scenes.ts';
import type { Scene, SceneObject } from './scenes.ts';

const SMALL = { width: 160, height: 120 };

/** Compared in place of the bytes: a difference among a million of them takes the test runner minutes to print. */
const digest = ({ rgb, objects }: Scene): string =>
  createHash('sha256').update(rgb).update(JSON.stringify(objects)).digest('hex');

/** Width, height and share of the box that carry the object's own colour, counted pixel by pixel. */
const paintedExtent = (scene: Scene, { boxXyxy, colour }: SceneObject) => {
  const [x1, y1, x2, y2] = boxXyxy;
  const columns = new Set<number>();
  const rows = new Set<number>();
  let painted = 0;
  for (let y = y1; y < y2; y += 1) {
    for (let x = x1; x < x2; x += 1) {
      const at = (y * scene.width + x) * 3;
      if (colour.every((value, channel) => scene.rgb[at + channel] === value)) {
        painted += 1;
        columns.add(x);
        rows.add(y);
      }
    }
  }
  return { columns: columns.size, rows: rows.size, share: painted / ((x2 - x1) * (y2 - y1)) };
};

describe('a scene', () => {
  test('is the same to the last byte for the same seed and index', () => {
    expect(digest(drawScene(7, 3))).toBe(digest(drawScene(7, 3)));
  });

  test('differs between seeds and between indices', () => {
    const digests = [drawScene(7, 3, SMALL), drawScene(7, 4, SMALL), drawScene(8, 3, SMALL)].map(digest);
    expect(new Set(digests).size).toBe(3);
  });

  test('has one to six objects, of known classes, wholly inside the picture', () => {
    fc.assert(
      fc.property(fc.integer(), fc.nat(10_000), (seed, index) => {
        const { width, height, rgb, objects } = drawScene(seed, index, SMALL);
        expect(rgb).toHaveLength(width * height * 3);
        expect(objects.length).toBeGreaterThanOrEqual(1);
        expect(objects.length).toBeLessThanOrEqual(6);
        for (const { classId, boxXyxy } of objects) {
          const [x1, y1, x2, y2] = boxXyxy;
          expect(SHAPES[classId]).toBeDefined();
          expect(Math.min(x1, y1)).toBeGreaterThanOrEqual(0);
          expect(x2).toBeLessThanOrEqual(width);
          expect(y2).toBeLessThanOrEqual(height);
          expect(x2 - x1).toBe(y2 - y1);
        }
      }),
      { numRuns: 100 },
    );
  });

  // Exact shares of a box: a circle covers π/4 of it, a square all, a triangle half. Whole pixels add up to 4 %.
  const shares = { circle: Math.PI / 4, square: 1, triangle: 0.5 };

  test.each([...SHAPES])('shows the whole %s in its box, touching all four sides', (shape) => {
    const seen = Array.from({ length: 60 }, (_, index) => drawScene(11, index, { width: 240, height: 200 }))
      .flatMap((scene) => scene.objects.slice(-1).map((object) => ({ scene, object })))
      .filter(({ object }) => SHAPES[object.classId] === shape);
    expect(seen.length).toBeGreaterThan(5);
    for (const { scene, object } of seen) {
      const side = object.boxXyxy[2] - object.boxXyxy[0];
      const extent = paintedExtent(scene, object);
      expect(extent).toMatchObject({ columns: side, rows: side });
      expect(Math.abs(extent.share - shares[shape])).toBeLessThan(0.04);
    }
  });

  test('leaves nearly all of every object in sight', () => {
    for (let index = 0; index < 60; index += 1) {
      const scene = drawScene(12, index, { width: 240, height: 200 });
      for (const object of scene.objects) {
        const shape = SHAPES[object.classId] as keyof typeof shares;
        expect(paintedExtent(scene, object).share).toBeGreaterThan(shares[shape] * 0.8);
      }
    }
  });

  test('comes in several sizes, upright and lying, up to 1280 pixels wide', () => {
    const sizes = Array.from({ length: 30 }, (_, index) => drawScene(13, index));
    expect(sizes.some(({ width, height }) => width > height)).toBe(true);
    expect(sizes.some(({ width, height }) => width < height)).toBe(true);
    expect(Math.max(...sizes.map(({ width }) => width))).toBe(1280);
  });
});
