/** Files of the admitted formats put together by hand, so that each of their numbers can be a lie. No pixels are drawn. */
import { crc32, deflateSync } from 'node:zlib';

const u32 = (value: number): Buffer => {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32BE(value >>> 0);
  return bytes;
};

/** With a true checksum, unless told otherwise; `length` may be said as something else than it is. */
export function pngChunk(
  type: string,
  data: Uint8Array,
  lies: { length?: number; crc?: number } = {},
): Buffer {
  const typed = Buffer.concat([Buffer.from(type, 'latin1'), data]);
  return Buffer.concat([u32(lies.length ?? data.length), typed, u32(lies.crc ?? crc32(typed))]);
}

export interface PngHead {
  readonly width: number;
  readonly height: number;
  readonly bitDepth?: number;
  /** 0 gray, 2 RGB, 3 palette, 4 gray and alpha, 6 RGB and alpha (PNG specification, table 11.1). */
  readonly colourType?: number;
  readonly interlace?: number;
}

export function pngHead({ width, height, bitDepth = 8, colourType = 2, interlace = 0 }: PngHead): Buffer {
  return pngChunk(
    'IHDR',
    Buffer.concat([u32(width), u32(height), Buffer.from([bitDepth, colourType, 0, 0, interlace])]),
  );
}

const pngSignature = Buffer.from('\x89PNG\r\n\x1a\n', 'latin1');
export const pngEnd = pngChunk('IEND', Buffer.alloc(0));

export function png(...chunks: readonly Uint8Array[]): Buffer {
  return Buffer.concat([pngSignature, ...chunks]);
}

/** A true PNG of zeros, one bit a pixel: as much picture as can be had for so few bytes. */
export function emptyPng(width: number, height: number): Buffer {
  const rows = deflateSync(Buffer.alloc((Math.ceil(width / 8) + 1) * height), { level: 9 });
  return png(pngHead({ width, height, bitDepth: 1, colourType: 0 }), pngChunk('IDAT', rows), pngEnd);
}

/** Type: 3 is 16 bit, 4 is 32 bit; value: itself, or where it lies (TIFF 6.0, section 2). */
export type TiffEntry = readonly [tag: number, type: number, count: number, value: number];

/**
 * A little-endian TIFF of directories and nothing else. `next` says where each directory leads: the index of another, or
 * -1 for the end. A loop is as easy as a chain.
 */
export function tiff(
  directories: readonly (readonly TiffEntry[])[],
  next: (index: number) => number = (index) => (index + 1 < directories.length ? index + 1 : -1),
  data: Uint8Array = Buffer.alloc(0),
): Buffer {
  const offsets: number[] = [];
  let offset = 8 + data.length;
  for (const entries of directories) {
    offsets.push(offset);
    offset += 2 + 12 * entries.length + 4;
  }
  const bytes = Buffer.alloc(offset);
  bytes.write('II*\0', 'latin1');
  bytes.writeUInt32LE(offsets[0] ?? 0, 4);
  bytes.set(data, 8);
  for (const [index, entries] of directories.entries()) {
    let at = offsets[index]!;
    bytes.writeUInt16LE(entries.length, at);
    at += 2;
    for (const [tag, type, count, value] of entries) {
      bytes.writeUInt16LE(tag, at);
      bytes.writeUInt16LE(type, at + 2);
      bytes.writeUInt32LE(count >>> 0, at + 4);
      bytes.writeUInt32LE(value >>> 0, at + 8);
      at += 12;
    }
    bytes.writeUInt32LE(offsets[next(index)] ?? 0, at);
  }
  return bytes;
}

export interface TiffPage {
  readonly width: number;
  readonly height: number;
  readonly compression?: number;
  readonly samples?: number;
  readonly bits?: number;
  readonly stripOffset?: number;
  readonly stripBytes?: number;
  readonly photometric?: number;
}

/** The tags that every reader needs, in their order, for one strip that begins behind the header. */
export function tiffPage(page: TiffPage): TiffEntry[] {
  const { width, height, compression = 1, samples = 1, bits = 8, stripOffset = 8, stripBytes = 64 } = page;
  return [
    [256, 4, 1, width],
    [257, 4, 1, height],
    [258, 3, 1, bits],
    [259, 3, 1, compression],
    [262, 3, 1, page.photometric ?? 1],
    [273, 4, 1, stripOffset],
    [277, 3, 1, samples],
    [278, 4, 1, height],
    [279, 4, 1, stripBytes],
  ];
}

const u16le = (value: number): number[] => [value & 0xff, (value >> 8) & 0xff];

export interface GifFrame {
  readonly width: number;
  readonly height: number;
  readonly codeSize?: number;
  /** LZW data in sub-blocks, without the last, empty one. */
  readonly data?: readonly number[];
}

/** A GIF with two colours; frames lie at the upper left. */
export function gif(
  width: number,
  height: number,
  frames: readonly GifFrame[],
  end: readonly number[] = [0x3b],
): Buffer {
  const head = [
    ...Buffer.from('GIF89a'),
    ...u16le(width),
    ...u16le(height),
    0x80,
    0,
    0,
    0,
    0,
    0,
    255,
    255,
    255,
  ];
  const blocks = frames.flatMap((frame) => [
    0x2c,
    ...u16le(0),
    ...u16le(0),
    ...u16le(frame.width),
    ...u16le(frame.height),
    0,
    frame.codeSize ?? 2,
    ...(frame.data ?? [2, 0x4c, 0x01]),
    0,
  ]);
  return Buffer.from([...head, ...blocks, ...end]);
}

/** Where the segments of a JPEG lie: marker, and the offset of its 0xff. */
export function jpegSegments(bytes: Buffer): { marker: number; offset: number; length: number }[] {
  const segments = [];
  for (let offset = 2; offset + 4 <= bytes.length && bytes[offset] === 0xff;) {
    const marker = bytes[offset + 1]!;
    const length = bytes.readUInt16BE(offset + 2);
    segments.push({ marker, offset, length });
    // After the start of a scan come its data, which are no segment.
    if (marker === 0xda) break;
    offset += 2 + length;
  }
  return segments;
}

/** Before the first segment, where cameras put what they know. */
export function withJpegSegment(
  bytes: Buffer,
  marker: number,
  data: Uint8Array,
  length = data.length + 2,
): Buffer {
  const head = Buffer.from([0xff, marker, (length >> 8) & 0xff, length & 0xff]);
  return Buffer.concat([bytes.subarray(0, 2), head, data, bytes.subarray(2)]);
}
