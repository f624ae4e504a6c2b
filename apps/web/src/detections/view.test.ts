import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { closeUp, fitView, isFit, keptInside, panBy, reveal, zoomAt, type View } from './view.ts';

const picture = { width: 800, height: 600 };
const room = { width: 400, height: 400 };

const size = fc.record({
  width: fc.integer({ min: 1, max: 20_000 }),
  height: fc.integer({ min: 1, max: 20_000 }),
});
const roomSize = fc.record({
  width: fc.integer({ min: 50, max: 3_000 }),
  height: fc.integer({ min: 50, max: 3_000 }),
});
const point = fc.record({
  x: fc.double({ min: 0, max: 3_000, noNaN: true }),
  y: fc.double({ min: 0, max: 3_000, noNaN: true }),
});

test('at first the whole picture is seen, in the middle', () => {
  expect(fitView(picture, room)).toEqual({ scale: 0.5, x: 0, y: 50 });
});

test('a small picture grows, but not without end', () => {
  expect(fitView({ width: 10, height: 10 }, room)).toEqual({ scale: 4, x: 180, y: 180 });
});

test('before there is any room, and for a picture without a size, nothing becomes NaN', () => {
  const { scale, x, y } = fitView({ width: 0, height: 0 }, { width: 0, height: 0 });
  expect([scale, x, y].every(Number.isFinite)).toBe(true);
});

test('what is under the pointer stays there while zooming', () => {
  const at = { x: 200, y: 200 };
  const before = zoomAt(fitView(picture, room), 4, at, picture, room);
  const after = zoomAt(before, 2, at, picture, room);
  expect((at.x - after.x) / after.scale).toBeCloseTo((at.x - before.x) / before.scale);
  expect((at.y - after.y) / after.scale).toBeCloseTo((at.y - before.y) / before.scale);
});

test('zooming in and out again as often ends with the whole picture', () => {
  const at = { x: 30, y: 350 };
  let view: View = fitView(picture, room);
  for (const factor of [2, 2, 0.5, 0.5]) view = zoomAt(view, factor, at, picture, room);
  expect(isFit(view, picture, room)).toBe(true);
  expect(view).toEqual(fitView(picture, room));
});

test('zooming ends with the whole picture at one end, and with large pixels at the other', () => {
  const whole = fitView(picture, room);
  expect(zoomAt(whole, 0.1, { x: 0, y: 0 }, picture, room)).toEqual(whole);
  expect(zoomAt(whole, 1e6, { x: 0, y: 0 }, picture, room).scale).toBe(40);
});

test('whatever is done, no empty room appears beside a picture that could fill it', () => {
  const step = fc.oneof(
    fc.record({ factor: fc.double({ min: 0.2, max: 5, noNaN: true }), at: point }),
    fc.record({
      dx: fc.double({ min: -9_000, max: 9_000, noNaN: true }),
      dy: fc.double({ min: -9_000, max: 9_000, noNaN: true }),
    }),
  );
  fc.assert(
    fc.property(size, roomSize, fc.array(step, { maxLength: 8 }), (of, within, steps) => {
      let view = fitView(of, within);
      for (const it of steps) {
        view =
          'factor' in it ? zoomAt(view, it.factor, it.at, of, within) : panBy(view, it.dx, it.dy, of, within);
      }
      const axes = [
        { from: view.x, drawn: of.width * view.scale, space: within.width },
        { from: view.y, drawn: of.height * view.scale, space: within.height },
      ];
      for (const { from, drawn, space } of axes) {
        const [before, after] = [Math.max(0, from), Math.max(0, space - from - drawn)];
        expect(before).toBeCloseTo(after, 3);
        expect(before + after).toBeCloseTo(Math.max(0, space - drawn), 3);
      }
    }),
  );
});

test('what is outside is moved into sight, and what is in sight does not move the picture', () => {
  const zoomed = keptInside({ scale: 2, x: -100, y: -100 }, picture, room);
  const seen = { x: 100, y: 100, width: 20, height: 20 };
  expect(reveal(zoomed, seen, picture, room)).toEqual(zoomed);

  const far = { x: 700, y: 500, width: 20, height: 20 };
  const moved = reveal(zoomed, far, picture, room);
  expect(moved.x + (far.x + far.width) * 2).toBeLessThanOrEqual(room.width);
  expect(moved.y + (far.y + far.height) * 2).toBeLessThanOrEqual(room.height);
  expect(moved.x + far.x * 2).toBeGreaterThanOrEqual(0);
});

test('of what is larger than the room, the middle is shown', () => {
  const zoomed = keptInside({ scale: 2, x: 0, y: 0 }, picture, room);
  expect(reveal(zoomed, { x: 200, y: 200, width: 400, height: 300 }, picture, room)).toMatchObject({
    x: 200 - 400 * 2,
    y: 200 - 350 * 2,
  });
});

test('a close-up has its box in the middle, whole and with room around it', () => {
  const box = { x: 390, y: 290, width: 20, height: 20 };
  const view = closeUp(box, picture, room);
  expect(view.scale).toBe(8);
  expect(view.x + 400 * view.scale).toBeCloseTo(room.width / 2);
  expect(view.y + 300 * view.scale).toBeCloseTo(room.height / 2);
  expect(closeUp({ x: 100, y: 100, width: 150, height: 100 }, picture, room).scale).toBeCloseTo(400 / 300);
});

test('a close-up of what fills the picture is the whole picture', () => {
  const all = { x: 0, y: 0, width: 800, height: 600 };
  expect(closeUp(all, picture, room)).toEqual(fitView(picture, room));
});
