/**
 * Whether a JPEG ends before its end: told by its markers, since what a decoder says of a broken file changes with what else it does at
 * that moment. It decodes nothing, and says no of every other format.
 */
const startOfScan = Buffer.from([0xff, 0xda]);
const endOfImage = Buffer.from([0xff, 0xd9]);

/** Data between a scan's start and the end escape every 0xff (ITU-T T.81, B.1.1.5), so that none of them looks like the end. */
export function lacksItsEnd(file: Uint8Array): boolean {
  const bytes = Buffer.from(file.buffer, file.byteOffset, file.byteLength);
  if (bytes.length < 2 || bytes.readUInt16BE(0) !== 0xffd8) return false;
  const scan = bytes.lastIndexOf(startOfScan);
  return scan >= 0 && bytes.indexOf(endOfImage, scan) < 0;
}
