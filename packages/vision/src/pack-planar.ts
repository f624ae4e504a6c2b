/**
 * From interleaved bytes to the planes that networks read (HWC to CHW), straight into a place of a batch tensor.
 * Scale and type live in a table, so the loops are the same for all of them.
 */
import { toFloat16Bits } from './float16.ts';
import type { RgbImage } from './image.ts';

/** The elements of a tensor of pixels; `Uint16Array` holds float16 bits. */
export type PixelArray = Float32Array | Uint16Array | Uint8Array;

export interface PixelTable {
  /** What each byte becomes; the tensor's array is of the same type. */
  readonly values: PixelArray;
  /** By a byte, and the next of its plane shifted by 8: what both become, in one element of twice the size. */
  readonly pairs: Float64Array | Uint32Array | Uint16Array;
}

/** The table of `byte * scale`; uint8 tensors take the byte as it is, so there the scale must be 1. */
export function pixelTable(type: 'float32' | 'float16' | 'uint8', scale: number): PixelTable {
  const scaled = Array.from({ length: 256 }, (_, byte) => byte * scale);
  if (type === 'float32') return withPairs(Float32Array.from(scaled));
  if (type === 'float16') return withPairs(Uint16Array.from(scaled, toFloat16Bits));
  if (scale !== 1) throw new RangeError(`uint8 pixels cannot be scaled by ${scale}`);
  return withPairs(Uint8Array.from(scaled));
}

function withPairs(values: PixelArray): PixelTable {
  const both = allocateLike(values, 2 * 0x1_0000);
  for (let pair = 0; pair < 0x1_0000; pair += 1) {
    both[2 * pair] = values[pair & 255]!;
    both[2 * pair + 1] = values[pair >> 8]!;
  }
  return { values, pairs: inPairs(both) };
}

/** An array of the same kind, zeroed. */
export function allocateLike<Values extends PixelArray>(values: Values, length: number): Values {
  return new (values.constructor as new (length: number) => Values)(length);
}

/** The same memory, two elements in one. Pixels are never the bits of a NaN, which an engine might change. */
function inPairs({ buffer, byteOffset, BYTES_PER_ELEMENT, length }: PixelArray): PixelTable['pairs'] {
  const Pairs = { 4: Float64Array, 2: Uint32Array, 1: Uint16Array }[BYTES_PER_ELEMENT as 4 | 2 | 1];
  return new Pairs(buffer as ArrayBuffer, byteOffset, length >> 1);
}

/**
 * Writes `3 * width * height` values to `target` from `offset` on: plane by plane in the order of `channels`, rows
 * from the top. `target` is of the type of the table's values. Throws when the picture's bytes or the target do not
 * suffice.
 */
export function packPlanar(
  image: RgbImage,
  channels: 'rgb' | 'bgr',
  table: PixelTable,
  target: PixelArray,
  offset: number,
): void {
  const { data } = image;
  const plane = image.width * image.height;
  if (data.length !== plane * 3) {
    throw new RangeError(
      `${image.width}x${image.height} RGB takes ${plane * 3} bytes, there are ${data.length}`,
    );
  }
  if (offset < 0 || offset + plane * 3 > target.length) {
    throw new RangeError(`${plane * 3} values at ${offset} do not fit into ${target.length}`);
  }
  const red = offset + (channels === 'rgb' ? 0 : 2 * plane);
  const green = offset + plane;
  const blue = offset + (channels === 'rgb' ? 2 * plane : 0);
  const isInFours =
    plane % 4 === 0 &&
    offset % 2 === 0 &&
    data.byteOffset % 4 === 0 &&
    target.byteOffset % table.pairs.BYTES_PER_ELEMENT === 0;
  if (isInFours) {
    const words = new Uint32Array(data.buffer, data.byteOffset, data.length >> 2);
    packFours(words, table.pairs, inPairs(target), red >> 1, green >> 1, blue >> 1);
    return;
  }
  const { values } = table;
  for (let pixel = 0, at = 0; pixel < plane; pixel += 1, at += 3) {
    target[red + pixel] = values[data[at]!]!;
    target[green + pixel] = values[data[at + 1]!]!;
    target[blue + pixel] = values[data[at + 2]!]!;
  }
}

/**
 * Four pixels are three words, whose lowest byte is the first: so it is on every machine that the ONNX runtime knows.
 * Reading words and writing pairs takes half the time of bytes and values one by one (`bench/kernels.ts`).
 */
function packFours(
  words: Uint32Array,
  pairs: PixelTable['pairs'],
  target: PixelTable['pairs'],
  red: number,
  green: number,
  blue: number,
): void {
  for (let at = 0, pair = 0; at < words.length; at += 3, pair += 2) {
    const rgbr = words[at]!;
    const gbrg = words[at + 1]!;
    const brgb = words[at + 2]!;
    target[red + pair] = pairs[(rgbr & 0xff) | ((rgbr >>> 16) & 0xff00)]!;
    target[green + pair] = pairs[((rgbr >>> 8) & 0xff) | ((gbrg << 8) & 0xff00)]!;
    target[blue + pair] = pairs[((rgbr >>> 16) & 0xff) | (gbrg & 0xff00)]!;
    target[red + pair + 1] = pairs[((gbrg >>> 16) & 0xff) | (brgb & 0xff00)]!;
    target[green + pair + 1] = pairs[(gbrg >>> 24) | ((brgb >>> 8) & 0xff00)]!;
    target[blue + pair + 1] = pairs[(brgb & 0xff) | ((brgb >>> 16) & 0xff00)]!;
  }
}
