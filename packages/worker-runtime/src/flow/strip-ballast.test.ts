import { crc32, deflateSync } from 'node:zlib';
import fc from 'fast-check';
import sharp from 'sharp';
import type { Sharp } from 'sharp';
import { describe, expect, test } from 'vitest';
import { decodeImage } from './decode-image.ts';
import { stripBallast } from './strip-ballast.ts';

const scene = (): Sharp =>
  sharp({ create: { width: 40, height: 30, channels: 3, background: { r: 10, g: 120, b: 200 } } });
const resize = { fit: 'letterbox', sizes: [{ width: 32, height: 32 }], padValue: 114 } as const;
const decode = async (bytes: Uint8Array) =>
  (await decodeImage(bytes, resize, { imagePixelsMax: 10_000 })).views[0]!.data;

function chunk(name: string, data: Uint8Array): Buffer {
  const bytes = Buffer.alloc(data.length + 12);
  bytes.writeUInt32BE(data.length);
  bytes.write(name, 4, 'latin1');
  bytes.set(data, 8);
  bytes.writeUInt32BE(crc32(bytes.subarray(4, -4)), data.length + 8);
  return bytes;
}

/** `count` directories of no tags one after the other, behind a picture of one pixel. */
function chain(isLittle: boolean, count: number): Buffer {
  const tags = [
    [256, 1],
    [257, 1],
    [258, 8],
    [259, 1],
    [262, 1],
    [273, 8],
    [277, 1],
    [278, 1],
    [279, 1],
  ] as const;
  const directoryBytes = 2 + 12 * tags.length + 4;
  const bytes = Buffer.alloc(10 + directoryBytes * count);
  const view = new DataView(bytes.buffer, bytes.byteOffset);
  bytes.write(isLittle ? 'II' : 'MM', 'latin1');
  view.setUint16(2, 42, isLittle);
  view.setUint32(4, 10, isLittle);
  for (let page = 0; page < count; page++) {
    let at = 10 + page * directoryBytes;
    view.setUint16(at, tags.length, isLittle);
    at += 2;
    for (const [tag, value] of tags) {
      view.setUint16(at, tag, isLittle);
      view.setUint16(at + 2, 4, isLittle);
      view.setUint32(at + 4, 1, isLittle);
      view.setUint32(at + 8, value, isLittle);
      at += 12;
    }
    view.setUint32(at, page + 1 < count ? at + 4 : 0, isLittle);
  }
  return bytes;
}

describe('a PNG', () => {
  const inflates = Buffer.concat([Buffer.from('Comment\0\0'), deflateSync(Buffer.alloc(20_000_000))]);

  test('whose texts inflate to gigabytes is decoded at once, and to the same pixels', async () => {
    const png = await scene().png().toBuffer();
    const texts = Array.from({ length: 400 }, () => chunk('zTXt', inflates));
    const heavy = Buffer.concat([png.subarray(0, 33), ...texts, png.subarray(33)]);
    const startedMs = performance.now();
    expect(await decode(heavy)).toEqual(await decode(png));
    expect(performance.now() - startedMs).toBeLessThan(2_000);
  });

  test('loses its texts wherever they stand, and nothing else', async () => {
    const png = await scene().png().toBuffer();
    const text = chunk('iTXt', Buffer.from('XML:com.adobe.xmp\0\0\0\0\0<x/>'));
    const other = chunk('tEXt', Buffer.from('Comment\0here'));
    const heavy = Buffer.concat([
      png.subarray(0, 33),
      text,
      other,
      text,
      png.subarray(33, -12),
      text,
      png.subarray(-12),
    ]);
    const light = Buffer.concat([png.subarray(0, 33), other, png.subarray(33)]);
    expect(Buffer.from(stripBallast(heavy)).equals(light)).toBe(true);
  });
});

describe('a TIFF', () => {
  test.each([true, false])(
    'of tens of thousands of pages is decoded at once (little-endian: %s)',
    async (isLittle) => {
      const heavy = chain(isLittle, 200_000);
      const startedMs = performance.now();
      expect(await decode(heavy)).toEqual(await decode(chain(isLittle, 1)));
      expect(performance.now() - startedMs).toBeLessThan(2_000);
    },
  );

  test('of the large kind loses its further pages as well', () => {
    const big = Buffer.alloc(16 + 8 + 8);
    big.write('II+\0\x08\0\0\0\x10', 'latin1');
    big.writeBigUInt64LE(99n, 24);
    expect(stripBallast(big).at(24)).toBe(0);
    expect(big.readBigUInt64LE(24)).toBe(99n);
  });

  test('of one page is the same bytes, not a copy', async () => {
    const tiff = await scene().tiff().toBuffer();
    expect(stripBallast(tiff)).toBe(tiff);
  });
});

test('what is broken, or of another format, is left as it is', async () => {
  const png = await scene().png().toBuffer();
  const tiff = await scene().tiff().toBuffer();
  const cuts = fc.record({ of: fc.constantFrom(png, tiff), at: fc.nat(2_000), value: fc.nat(255) });
  fc.assert(
    fc.property(cuts, ({ of, at, value }) => {
      const cut = Buffer.from(of.subarray(0, Math.max(1, at % of.length)));
      cut[cut.length >> 1] = value;
      const before = Buffer.from(cut);
      const stripped = stripBallast(cut);
      expect(stripped.length).toBeLessThanOrEqual(cut.length);
      expect(cut.equals(before)).toBe(true);
    }),
  );
  const jpeg = await scene().jpeg().toBuffer();
  expect(stripBallast(jpeg)).toBe(jpeg);
  expect(stripBallast(png)).toBe(png);
});
