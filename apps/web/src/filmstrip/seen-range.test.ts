import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { indexAfterKey, scrollTo, seenRange } from './seen-range.ts';

const pitch = 90;

test('of thousands of cells only those on the screen and a few beside them are there', () => {
  const [first, end] = seenRange({ pitch, scrolled: 90_000, width: 900 }, 5_000);
  expect(first).toBeLessThanOrEqual(1_000);
  expect(end).toBeGreaterThanOrEqual(1_010);
  expect(end - first).toBeLessThan(30);
});

test('whatever the scroll, the range lies within the cells', () => {
  const number = fc.integer({ min: 0, max: 10_000 });
  fc.assert(
    fc.property(number, number, number, (scrolled, width, count) => {
      const [first, end] = seenRange({ pitch, scrolled, width }, count);
      expect(first).toBeGreaterThanOrEqual(0);
      expect(end).toBeGreaterThanOrEqual(first);
      expect(end).toBeLessThanOrEqual(count);
    }),
  );
});

test('a cell that is on the screen stays where it is, and others are brought there', () => {
  expect(scrollTo(3, { pitch, scrolled: 0, width: 900 })).toBeUndefined();
  expect(scrollTo(20, { pitch, scrolled: 0, width: 900 })).toBe(21 * pitch + pitch / 2 - 900);
  expect(scrollTo(0, { pitch, scrolled: 500, width: 900 })).toBe(0);
});

test('keys walk the strip and stop at its ends', () => {
  expect(indexAfterKey('ArrowRight', 3, 5, 2)).toBe(4);
  expect(indexAfterKey('ArrowRight', 4, 5, 2)).toBe(4);
  expect(indexAfterKey('ArrowLeft', 0, 5, 2)).toBe(0);
  expect(indexAfterKey('End', 0, 5, 2)).toBe(4);
  expect(indexAfterKey('PageUp', 3, 5, 2)).toBe(1);
  expect(indexAfterKey('x', 0, 5, 2)).toBeUndefined();
});
