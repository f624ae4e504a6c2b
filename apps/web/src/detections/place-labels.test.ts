import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import type { Rectangle } from './box-geometry.ts';
import { placeLabels, type LabelLimits, type LabelRequest } from './place-labels.ts';

const room = { width: 400, height: 300 };
const name = { width: 60, height: 20 };
const named = (...boxes: readonly Rectangle[]): readonly LabelRequest[] =>
  boxes.map((box, index) => ({ index, box, size: name }));
const place = (requests: readonly LabelRequest[], limits: LabelLimits = { always: 0, most: 100 }) =>
  placeLabels(requests, room, limits);

test('a name sits on top of its box; below it where the picture ends above', () => {
  expect(place(named({ x: 100, y: 100, width: 50, height: 50 }))).toEqual([
    { index: 0, x: 100, y: 80, ...name },
  ]);
  expect(place(named({ x: 100, y: 5, width: 50, height: 50 }))).toMatchObject([{ x: 100, y: 55 }]);
});

test('a name at the right edge moves along its box to stay readable', () => {
  expect(place(named({ x: 380, y: 100, width: 15, height: 15 }))).toMatchObject([{ x: 340, y: 80 }]);
  expect(place(named({ x: 390, y: 100, width: 30, height: 15 }))).toMatchObject([{ x: 340, y: 80 }]);
});

test('the name of a box that fills everything that is seen is still seen', () => {
  expect(place(named({ x: -900, y: -900, width: 5_000, height: 5_000 }))).toMatchObject([{ x: 0, y: 0 }]);
});

test('of two boxes on one spot, the better one has its name on top and the other under it', () => {
  const box = { x: 100, y: 100, width: 60, height: 50 };
  expect(place(named(box, box))).toMatchObject([
    { index: 0, y: 80 },
    { index: 1, y: 150 },
  ]);
});

test('a few are always named; of many, those without a place are not', () => {
  const crowd = named(...Array.from({ length: 60 }, () => ({ x: 100, y: 100, width: 30, height: 30 })));
  expect(place(crowd, { always: 60, most: 60 })).toHaveLength(60);
  expect(place(crowd, { always: 0, most: 60 }).length).toBeLessThan(10);
});

test('a box that is out of sight has no name', () => {
  expect(
    place(named({ x: 500, y: 10, width: 20, height: 20 }, { x: 10, y: 10, width: 20, height: 20 })).map(
      ({ index }) => index,
    ),
  ).toEqual([1]);
});

test('whatever the boxes, names lie in the room, not on each other, the best one among them', () => {
  const box = fc.record({
    x: fc.integer({ min: -200, max: 500 }),
    y: fc.integer({ min: -200, max: 400 }),
    width: fc.integer({ min: 0, max: 400 }),
    height: fc.integer({ min: 0, max: 300 }),
  });
  fc.assert(
    fc.property(fc.array(box, { maxLength: 40 }), (boxes) => {
      const placed = place(named(...boxes));
      for (const [at, one] of placed.entries()) {
        expect(one.x).toBeGreaterThanOrEqual(0);
        expect(one.y).toBeGreaterThanOrEqual(0);
        expect(one.x + one.width).toBeLessThanOrEqual(room.width);
        expect(one.y + one.height).toBeLessThanOrEqual(room.height);
        for (const other of placed.slice(at + 1)) {
          const apart =
            one.x + one.width <= other.x ||
            other.x + other.width <= one.x ||
            one.y + one.height <= other.y ||
            other.y + other.height <= one.y;
          expect(apart).toBe(true);
        }
      }
      const firstSeen = boxes.findIndex(
        ({ x, y, width, height }) => x <= room.width && x + width >= 0 && y <= room.height && y + height >= 0,
      );
      expect(placed[0]?.index ?? -1).toBe(firstSeen);
    }),
  );
});
