/**
 * The numbers of a float32 tensor, or of a float16 one from its raw bits, decoded when they are read: of a large output
 * hardly any is. It does not change them.
 */
import { float16Table, toFloat16Bits } from './float16.ts';

export interface FloatValues {
  readonly at: (index: number) => number;
  /** The bits as whole numbers: they rise with the values from 0 on, and are below 0 where the sign is minus. */
  readonly bits: Int32Array | Int16Array;
  /**
   * A number that the bits of every value of at least `least` exceed, and of next to no other one: most are told to be
   * too small without being decoded. Below 0 where `least` is not above 0.
   */
  readonly bitsBelow: (least: number) => number;
}

export function floatValues(data: Float32Array | Uint16Array): FloatValues {
  if (data instanceof Float32Array) {
    return {
      at: (index) => data[index]!,
      bits: new Int32Array(data.buffer, data.byteOffset, data.length),
      bitsBelow: (least) => below(least, new Int32Array(Float32Array.of(least).buffer)[0]!),
    };
  }
  const table = float16Table();
  return {
    at: (index) => table[data[index]!]!,
    bits: new Int16Array(data.buffer, data.byteOffset, data.length),
    bitsBelow: (least) => below(least, toFloat16Bits(least)),
  };
}

/** `bits` are rounded: one less is too small, whichever way they were. A minus zero is at least 0. */
function below(least: number, bits: number): number {
  return least > 0 ? bits - 1 : -Infinity;
}
