/**
 * From interleaved bytes to the planes that networks read (HWC to CHW), straight into a place of a batch tensor.
 * Scale and type live in a table of 256 values, so there is one loop for all of them.
 */
import { toFloat16Bits } from './float16.ts';
import type { RgbImage } from './image.ts';

/** What each byte becomes; its array type is that of the tensor (`Uint16Array` holds float16 bits). */
export type PixelTable = Float32Array | Uint16Array | Uint8Array;

/** The table of `byte * scale`; uint8 tensors take the byte as it is, so there the scale must be 1. */
export function pixelTable(type: 'float32' | 'float16' | 'uint8', scale: number): PixelTable {
  const values = Array.from({ length: 256 }, (_, byte) => byte * scale);
  if (type === 'float32') return Float32Array.from(values);
  if (type === 'float16') return Uint16Array.from(values, toFloat16Bits);
  if (scale !== 1) throw new RangeError(`uint8 pixels cannot be scaled by ${scale}`);
  return Uint8Array.from(values);
}

/** An array of the table's kind, zeroed. */
export function allocateLike<Table extends PixelTable>(table: Table, length: number): Table {
  return new (table.constructor as new (length: number) => Table)(length);
}

/**
 * Writes `3 * width * height` values to `target` from `offset` on: plane by plane in the order of `channels`, rows
 * from the top. `target` is of the table's kind. Throws when the picture's bytes or the target do not suffice.
 */
export function packPlanar<Table extends PixelTable>(
  image: RgbImage,
  channels: 'rgb' | 'bgr',
  table: Table,
  target: Table,
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
  for (let pixel = 0, at = 0; pixel < plane; pixel += 1, at += 3) {
    target[red + pixel] = table[data[at]!]!;
    target[green + pixel] = table[data[at + 1]!]!;
    target[blue + pixel] = table[data[at + 2]!]!;
  }
}
