import fc from 'fast-check';
import { expect, test } from 'vitest';
import { fromFloat16Bits } from './float16.ts';
import { allocateLike, packPlanar, pixelTable } from './pack-planar.ts';

const image = { data: Uint8Array.of(10, 20, 30, 40, 50, 60), width: 2, height: 1 };

test('interleaved pixels become planes in the order of the channels', () => {
  const table = pixelTable('uint8', 1);
  const target = allocateLike(table.values, 6);
  packPlanar(image, 'rgb', table, target, 0);
  expect([...target]).toEqual([10, 40, 20, 50, 30, 60]);
  packPlanar(image, 'bgr', table, target, 0);
  expect([...target]).toEqual([30, 60, 20, 50, 10, 40]);
});

test('values are scaled in the type of the tensor', () => {
  for (const type of ['float32', 'float16'] as const) {
    const table = pixelTable(type, 1 / 255);
    const target = allocateLike(table.values, 6);
    packPlanar(image, 'rgb', table, target, 0);
    const first = type === 'float32' ? target[0]! : fromFloat16Bits(target[0]!);
    expect(first).toBeCloseTo(10 / 255, type === 'float32' ? 7 : 4);
  }
});

test('white is exactly one, black exactly zero', () => {
  expect(pixelTable('float32', 1 / 255).values[255]).toBe(1);
  expect(pixelTable('float16', 1 / 255).values[255]).toBe(0x3c00);
  expect(pixelTable('float16', 1 / 255).values[0]).toBe(0);
  expect(pixelTable('float32', 1).values[255]).toBe(255);
});

test('a picture is written at its place in a batch and nowhere else', () => {
  const table = pixelTable('float32', 1);
  const target = allocateLike(table.values, 18).fill(-1);
  packPlanar(image, 'rgb', table, target, 6);
  expect([...target]).toEqual([
    ...Array<number>(6).fill(-1),
    10,
    40,
    20,
    50,
    30,
    60,
    ...Array<number>(6).fill(-1),
  ]);
});

test('a picture that does not fit, or lacks pixels, is refused', () => {
  const table = pixelTable('float32', 1);
  expect(() => packPlanar(image, 'rgb', table, new Float32Array(6), 1)).toThrow(/do not fit/);
  expect(() => packPlanar({ ...image, width: 3 }, 'rgb', table, new Float32Array(9), 0)).toThrow(
    /takes 9 bytes, there are 6/,
  );
  expect(() => pixelTable('uint8', 2)).toThrow(/cannot be scaled/);
});

const nines = (length: number): number[] => Array<number>(length).fill(9);

test('every pixel is found in its plane, wherever the picture lies in memory and the tensor in its own', () => {
  const position = fc.integer({ min: 0, max: 8 });
  const size = fc.oneof(fc.integer({ min: 1, max: 9 }), fc.constantFrom(4, 8));
  fc.assert(
    fc.property(
      fc.record({ width: size, height: size, before: position, offset: position, skipped: position }),
      fc.constantFrom('rgb' as const, 'bgr' as const),
      fc.constantFrom('uint8' as const, 'float16' as const, 'float32' as const),
      ({ width, height, before, offset, skipped }, channels, type) => {
        const count = width * height * 3;
        const bytes = Uint8Array.from(
          { length: before + count },
          (_, index) => (index * index * 37 + (index >> 2)) % 256,
        );
        const data = bytes.subarray(before);
        const table = pixelTable(type, 1);
        const target = allocateLike(table.values, skipped + offset + count + 3).fill(9);
        packPlanar({ data, width, height }, channels, table, target.subarray(skipped), offset);
        const planes = channels === 'rgb' ? [0, 1, 2] : [2, 1, 0];
        const expected = planes.flatMap((channel) =>
          Array.from({ length: width * height }, (_, pixel) => table.values[data[pixel * 3 + channel]!]!),
        );
        expect([...target]).toEqual([...nines(skipped + offset), ...expected, ...nines(3)]);
      },
    ),
  );
});
