/**
 * Takes out of a file what no pixel of its first picture depends on, and what a decoder would all the same spend minutes
 * on: compressed texts of a PNG, and the further directories of a TIFF. Knows where these lie and nothing else; a file
 * that is broken is left as it is, for the decoder to refuse.
 */

/** The same bytes where there is no ballast, else a copy without; `bytes` are never changed. */
export function stripBallast(bytes: Uint8Array): Uint8Array {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  if (bytes.length < 16) return bytes;
  if (view.getUint32(0) === 0x89504e47) return withoutTexts(bytes, view);
  const order = view.getUint16(0);
  if (order === 0x4949 || order === 0x4d4d) return withoutFurtherPages(bytes, view, order === 0x4949);
  return bytes;
}

const iTXt = 0x69545874;
const zTXt = 0x7a545874;

/**
 * The decoder inflates each of these chunks before it looks at a pixel: 50 kB of file are half a second, and a file may
 * hold a thousand of them. PNG specification, third edition, section 5: length, name, data, checksum.
 */
function withoutTexts(bytes: Uint8Array, view: DataView): Uint8Array {
  const kept: Uint8Array[] = [];
  let keptUpTo = 0;
  for (let at = 8; at + 12 <= bytes.length;) {
    const end = at + 12 + view.getUint32(at);
    const name = view.getUint32(at + 4);
    if (end > bytes.length) break;
    if (name === iTXt || name === zTXt) {
      kept.push(bytes.subarray(keptUpTo, at));
      keptUpTo = end;
    }
    at = end;
  }
  return keptUpTo === 0 ? bytes : Buffer.concat([...kept, bytes.subarray(keptUpTo)]);
}

/**
 * The decoder counts the pages by going through all their directories, a seventh of a millisecond each, and 50 MB hold
 * 400,000. Only the first is ever decoded, so it becomes the last. TIFF 6.0, section 2; BigTIFF has the same with 8 bytes.
 */
function withoutFurtherPages(bytes: Uint8Array, view: DataView, isLittle: boolean): Uint8Array {
  const isBig = view.getUint16(2, isLittle) === 43;
  const offset = isBig ? Number(view.getBigUint64(8, isLittle)) : view.getUint32(4, isLittle);
  const [countBytes, entryBytes, pointerBytes] = isBig ? ([8, 20, 8] as const) : ([2, 12, 4] as const);
  if (offset + countBytes > bytes.length) return bytes;
  const entries = isBig ? Number(view.getBigUint64(offset, isLittle)) : view.getUint16(offset, isLittle);
  const pointer = offset + countBytes + entries * entryBytes;
  if (pointer + pointerBytes > bytes.length) return bytes;
  const isLast = bytes.subarray(pointer, pointer + pointerBytes).every((byte) => byte === 0);
  return isLast ? bytes : Buffer.from(bytes).fill(0, pointer, pointer + pointerBytes);
}
