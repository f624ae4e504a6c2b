import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { decodeFloat16, toFloat16Bits } from './float16.ts';
import { floatValues } from './float-values.ts';

const halves = Uint16Array.from({ length: 0x1_0000 }, (_, bits) => bits);
const numbers = fc.array(fc.float(), { minLength: 1, maxLength: 200 });
const least = fc.oneof(
  fc.constantFrom(0, 1, 0.001, 0.25, 1e-9, 1e-45, 65_504),
  fc.double({ min: 0, max: 1, noNaN: true }),
);

test('every half is read as itself', () => {
  const { at } = floatValues(halves);
  expect(Float32Array.from(halves, (_, index) => at(index))).toEqual(decodeFloat16(halves));
});

test('every float is read as itself, from its place in a batch', () => {
  fc.assert(
    fc.property(numbers, (values) => {
      const batch = Float32Array.from([7, 7, 7, ...values]);
      const { at, bits } = floatValues(batch.subarray(3));
      expect(values.map((_, index) => at(index))).toEqual(values);
      expect(bits).toEqual(new Int32Array(Float32Array.from(values).buffer));
    }),
  );
});

describe.each([
  ['floats', (values: readonly number[]) => Float32Array.from(values)],
  ['halves', (values: readonly number[]) => Uint16Array.from(values, toFloat16Bits)],
] as const)('of %s', (_, toData) => {
  test('the bits of whatever is at least something exceed what is said of it', () => {
    fc.assert(
      fc.property(numbers, least, (values, atLeast) => {
        const { at, bits, bitsBelow } = floatValues(toData([...values, atLeast, -0]));
        const exceed = bits.every((own, index) => !(at(index) >= atLeast) || own > bitsBelow(atLeast));
        expect(exceed).toBe(true);
      }),
    );
  });

  test('the bits of what is clearly less do not', () => {
    fc.assert(
      fc.property(fc.double({ min: 0.001, max: 1, noNaN: true }), (atLeast) => {
        const { bits, bitsBelow } = floatValues(toData([atLeast * 0.998, 0, -0, -1, -atLeast]));
        expect([...bits].filter((own) => own > bitsBelow(atLeast))).toEqual([]);
      }),
    );
  });
});
