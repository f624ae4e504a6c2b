/**
 * IEEE 754 half precision as raw bits in a `Uint16Array`. JavaScript's own `Float16Array` is not used: the ONNX
 * runtime only takes halves where that global is hidden.
 */
import { roundHalfToEven } from './round-half-to-even.ts';

/** The nearest half, ties to even; past the largest half (65504) infinity. */
export function toFloat16Bits(value: number): number {
  if (Number.isNaN(value)) return 0x7e00;
  const sign = value < 0 || Object.is(value, -0) ? 0x8000 : 0;
  const magnitude = Math.abs(value);
  // Half way between the largest half and the next power of two, which ties-to-even sends up.
  if (magnitude >= 65_520) return sign | 0x7c00;
  // Subnormals count in steps of 2^-24; a rounding up to 2^-14 gives the bits of the smallest normal by itself.
  if (magnitude < 2 ** -14) return sign | roundHalfToEven(magnitude * 2 ** 24);
  let exponent = Math.floor(Math.log2(magnitude));
  if (2 ** exponent > magnitude) exponent -= 1;
  else if (2 ** (exponent + 1) <= magnitude) exponent += 1;
  // A mantissa that rounds up to 1024 carries into the exponent, as it should.
  return sign | (((exponent + 15) << 10) + roundHalfToEven((magnitude / 2 ** exponent - 1) * 1024));
}

/** The value of one half. */
export function fromFloat16Bits(bits: number): number {
  const sign = bits & 0x8000 ? -1 : 1;
  const exponent = (bits >> 10) & 0x1f;
  const mantissa = bits & 0x3ff;
  if (exponent === 0) return sign * mantissa * 2 ** -24;
  if (exponent === 0x1f) return mantissa === 0 ? sign * Infinity : NaN;
  return sign * (1 + mantissa / 1024) * 2 ** (exponent - 15);
}

let decoded: Float32Array | undefined;

/** By its bits, the value of every half (256 KiB). Made once, on first use. */
export function float16Table(): Float32Array {
  return (decoded ??= Float32Array.from({ length: 0x1_0000 }, (_, half) => fromFloat16Bits(half)));
}

/** Halves to float32, exactly. */
export function decodeFloat16(bits: Uint16Array): Float32Array {
  const table = float16Table();
  const values = new Float32Array(bits.length);
  for (let index = 0; index < bits.length; index += 1) values[index] = table[bits[index]!]!;
  return values;
}
