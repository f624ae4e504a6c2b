import fc from 'fast-check';
import { expect, test } from 'vitest';
import { decodeFloat16, fromFloat16Bits, toFloat16Bits } from './float16.ts';

test.each([
  [0, 0x0000],
  [-0, 0x8000],
  [1, 0x3c00],
  [-2, 0xc000],
  [0.5, 0x3800],
  [65_504, 0x7bff],
  [65_519.99, 0x7bff],
  [65_520, 0x7c00],
  [Infinity, 0x7c00],
  [-Infinity, 0xfc00],
  [NaN, 0x7e00],
  [2 ** -14, 0x0400],
  [2 ** -24, 0x0001],
  [2 ** -25, 0x0000],
  [1.1 * 2 ** -25, 0x0001],
  [1 + 1 / 2048, 0x3c00],
  [1 + 3 / 2048, 0x3c02],
  [2 - 1 / 4096, 0x4000],
  [2 ** -14 - 2 ** -26, 0x0400],
])('%d becomes the half with bits %d', (value, bits) => {
  expect(toFloat16Bits(value)).toBe(bits);
});

test('every half comes back as itself', () => {
  const all = Uint16Array.from({ length: 0x1_0000 }, (_, index) => index);
  const values = decodeFloat16(all);
  const wrong = all.filter((bits) => {
    const value = values[bits]!;
    return Number.isNaN(value) ? (bits & 0x7fff) <= 0x7c00 : toFloat16Bits(value) !== bits;
  });
  expect([...wrong]).toEqual([]);
});

test('a number becomes the nearest half', () => {
  fc.assert(
    fc.property(fc.double({ min: -70_000, max: 70_000, noNaN: true }), (value) => {
      const bits = toFloat16Bits(value);
      const distance = Math.abs(fromFloat16Bits(bits) - value);
      const others = [bits - 1, bits + 1].map((other) => Math.abs(fromFloat16Bits(other & 0xffff) - value));
      const isNearest = others.every((other) => !Number.isFinite(other) || distance <= other);
      expect(Number.isFinite(distance) ? isNearest : Math.abs(value) >= 65_520).toBe(true);
    }),
  );
});
