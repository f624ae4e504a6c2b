import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import type { ResizePlan } from '@shoal/vision';
import sharp from 'sharp';
import type { Sharp } from 'sharp';
import { describe, expect, it } from 'vitest';
import { decodeImage, ImageError } from './decode-image.ts';
import type { DecodedImage, DecodeLimits } from './decode-image.ts';
import { PixelBudget } from './pixel-budget.ts';

const limits = { imagePixelsMax: 50_000_000 };

/** A plan that leaves a picture of this size as it is. */
const asIs = (width: number, height: number): ResizePlan => ({ fit: 'inside', width, height, padValue: 0 });
const square = (side: number): ResizePlan => ({
  fit: 'letterbox',
  sizes: [{ width: side, height: side }],
  padValue: 114,
});

type Colour = readonly [r: number, g: number, b: number];
const red: Colour = [255, 0, 0];
const green: Colour = [0, 255, 0];
const blue: Colour = [0, 0, 255];
const white: Colour = [255, 255, 255];

function pixel(decoded: DecodedImage, x: number, y: number): number[] {
  const { data, width } = decoded.views[0]!;
  const at = (y * width + x) * 3;
  return [...data.subarray(at, at + 3)];
}

/** Four quarters, clockwise from the upper left: red, green, blue, white. Each is `side` pixels wide and high. */
function quarters(width: number, height: number): Buffer {
  const data = Buffer.alloc(width * height * 3);
  for (let y = 0; y < height; y++)
    for (let x = 0; x < width; x++) {
      const top = y < height / 2;
      const left = x < width / 2;
      data.set(top ? (left ? red : green) : left ? white : blue, (y * width + x) * 3);
    }
  return data;
}

const picture = (width = 64, height = 32): Sharp =>
  sharp(quarters(width, height), { raw: { width, height, channels: 3 } });

const plain = ([r, g, b]: Colour): Promise<Buffer> =>
  sharp({ create: { width: 16, height: 16, channels: 3, background: { r, g, b } } })
    .png()
    .toBuffer();

function expectQuarters(decoded: DecodedImage, tolerance: number): void {
  const { width, height } = decoded.views[0]!;
  const corners: [number, number, Colour][] = [
    [2, 2, red],
    [width - 3, 2, green],
    [width - 3, height - 3, blue],
    [2, height - 3, white],
  ];
  for (const [x, y, colour] of corners)
    for (const [channel, value] of pixel(decoded, x, y).entries())
      expect(Math.abs(value - colour[channel]!), `at ${x}, ${y}`).toBeLessThanOrEqual(tolerance);
}

async function failure(bytes: Uint8Array, max: DecodeLimits = limits): Promise<ImageError> {
  const error: unknown = await decodeImage(bytes, square(64), max).then(
    () => undefined,
    (thrown: unknown) => thrown,
  );
  expect(error).toBeInstanceOf(ImageError);
  return error as ImageError;
}

describe('formats', () => {
  it.each([
    ['JPEG', () => picture().jpeg({ quality: 95, chromaSubsampling: '4:4:4' }), 12],
    [
      'progressive JPEG',
      () => picture().jpeg({ progressive: true, quality: 95, chromaSubsampling: '4:4:4' }),
      12,
    ],
    ['PNG', () => picture().png(), 0],
    ['palette PNG', () => picture().png({ palette: true }), 0],
    ['16-bit PNG', () => picture().toColourspace('rgb16').png(), 0],
    ['lossless WebP', () => picture().webp({ lossless: true }), 0],
    ['TIFF', () => picture().tiff({ compression: 'lzw' }), 0],
    ['BigTIFF', () => picture().tiff({ compression: 'deflate', bigtiff: true }), 0],
    ['AVIF', () => picture().avif({ quality: 90, chromaSubsampling: '4:4:4' }), 12],
    ['GIF', () => picture().gif(), 0],
  ])('a %s comes out as the picture that went in', async (_format, encode, tolerance) => {
    const decoded = await decodeImage(await encode().toBuffer(), asIs(64, 32), limits);
    expect([decoded.width, decoded.height]).toEqual([64, 32]);
    expectQuarters(decoded, tolerance);
  });

  it('SVG is refused though the library could draw it', async () => {
    const svg =
      '<svg xmlns="http://www.w3.org/2000/svg" width="9" height="9"><rect width="9" height="9"/></svg>';
    const error = await failure(Buffer.from(svg));
    expect(error.code).toBe('image_undecodable');
    expect(error.message).toContain('none of JPEG, PNG, WebP, TIFF, AVIF and GIF');
  });

  it.each(['', 'hello', 'BM\x36\0\0\0'])('bytes that are no picture are refused: %j', async (text) => {
    expect((await failure(Buffer.from(text))).code).toBe('image_undecodable');
  });

  it('of an animation the first frame is taken', async () => {
    const frames = await Promise.all([red, green, blue].map((colour) => plain(colour)));
    for (const format of ['gif', 'webp'] as const) {
      const bytes = await sharp(frames, { join: { animated: true } })
        .toFormat(format, { lossless: true })
        .toBuffer();
      expect((await sharp(bytes).metadata()).pages).toBe(3);
      const decoded = await decodeImage(bytes, asIs(16, 16), limits);
      expect(decoded.height).toBe(16);
      expect(pixel(decoded, 8, 8)).toEqual(red);
    }
  });

  it('of a TIFF with pages the first is taken', async () => {
    const pages = await Promise.all([green, blue].map((colour) => plain(colour)));
    const bytes = await sharp(pages, { join: { animated: true } })
      .tiff({ compression: 'lzw' })
      .toBuffer();
    expect((await sharp(bytes).metadata()).pages).toBe(2);
    const decoded = await decodeImage(bytes, asIs(16, 16), limits);
    expect([decoded.width, decoded.height]).toEqual([16, 16]);
    expect(pixel(decoded, 8, 8)).toEqual(green);
  });
});

describe('pixels', () => {
  // Grey survives everywhere but in ink, where making the file has changed it already.
  it.each([
    ['grey', 1, 0, (grey: Sharp) => grey.toColourspace('b-w').png()],
    ['16-bit grey', 1, 0, (grey: Sharp) => grey.toColourspace('grey16').png()],
    ['16-bit RGB', 3, 0, (grey: Sharp) => grey.toColourspace('rgb16').png()],
    ['CMYK', 4, 16, (grey: Sharp) => grey.toColourspace('cmyk').tiff()],
  ])(
    '%s is RGB of one colour at every scale, and exactly padded',
    async (_space, channels, slack, encode) => {
      const grey = sharp({ create: { width: 40, height: 20, channels: 3, background: '#808080' } });
      const bytes = await encode(grey).toBuffer();
      expect((await sharp(bytes).metadata()).channels).toBe(channels);
      const unscaled = pixel(await decodeImage(bytes, asIs(40, 20), limits), 20, 10);
      for (const value of unscaled) expect(Math.abs(value - 128)).toBeLessThanOrEqual(slack);
      for (const side of [20, 40, 80]) {
        const decoded = await decodeImage(bytes, square(side), limits);
        expect(pixel(decoded, side / 2, side / 2)).toEqual(unscaled);
        expect(pixel(decoded, side / 2, 0)).toEqual([114, 114, 114]);
      }
    },
  );

  it('16 bits are scaled to 8, not clipped', async () => {
    // PNG stores 16-bit samples; a ramp over the whole range shows both clipping and a lost low byte.
    const levels = [0, 256, 0x4000, 0x8000, 0xc000, 0xff00, 0xffff];
    const bytes = await sharp(Uint16Array.from(levels), {
      raw: { width: levels.length, height: 1, channels: 1 },
    })
      .toColourspace('grey16')
      .png()
      .toBuffer();
    expect((await sharp(bytes).metadata()).depth).toBe('ushort');
    const decoded = await decodeImage(bytes, asIs(levels.length, 1), limits);
    expect(levels.map((_, x) => pixel(decoded, x, 0)[0])).toEqual(levels.map((level) => level >> 8));
  });

  it('transparency is dropped: what lies hidden keeps its colour, also when it is scaled', async () => {
    const bytes = await sharp({
      create: { width: 32, height: 32, channels: 4, background: { r: 200, g: 100, b: 50, alpha: 0 } },
    })
      .png()
      .toBuffer();
    expect((await sharp(bytes).metadata()).hasAlpha).toBe(true);
    for (const side of [32, 16, 64])
      expect(pixel(await decodeImage(bytes, square(side), limits), 8, 8)).toEqual([200, 100, 50]);
  });

  it('CMYK becomes RGB', async () => {
    const bytes = await picture().toColourspace('cmyk').jpeg({ quality: 95 }).toBuffer();
    expect((await sharp(bytes).metadata()).space).toBe('cmyk');
    const decoded = await decodeImage(bytes, asIs(64, 32), limits);
    // Ink cannot show pure light: the quarters must be told apart, not be equal.
    for (const [x, y, channel] of [
      [4, 4, 0],
      [60, 4, 1],
      [60, 28, 2],
    ] as const) {
      const colour = pixel(decoded, x, y);
      expect(colour.indexOf(Math.max(...colour))).toBe(channel);
    }
    expect(Math.min(...pixel(decoded, 4, 28))).toBeGreaterThan(240);
  });

  it('an RGB profile is ignored, as the reference pipelines do', async () => {
    const p3 = sharp({
      create: { width: 8, height: 8, channels: 3, background: { r: 200, g: 60, b: 30 } },
    });
    const bytes = await p3.withIccProfile('p3').png().toBuffer();
    const stored = [...(await sharp(bytes, { ignoreIcc: true }).raw().toBuffer()).subarray(0, 3)];
    expect((await sharp(bytes).metadata()).hasProfile).toBe(true);
    expect(stored).not.toEqual([200, 60, 30]);
    expect(pixel(await decodeImage(bytes, asIs(8, 8), limits), 4, 4)).toEqual(stored);
  });
});

describe('orientation', () => {
  // EXIF 2.32, tag 0x0112: which side of the upright picture the first stored row and the first stored column show.
  const sides = {
    1: ['top', 'left'],
    2: ['top', 'right'],
    3: ['bottom', 'right'],
    4: ['bottom', 'left'],
    5: ['left', 'top'],
    6: ['right', 'top'],
    7: ['right', 'bottom'],
    8: ['left', 'bottom'],
  } as const;

  function storedAs(orientation: keyof typeof sides, width: number, height: number): Sharp {
    const upright = quarters(width, height);
    const [firstRow, firstColumn] = sides[orientation];
    const isTurned = firstRow === 'left' || firstRow === 'right';
    const storedWidth = isTurned ? height : width;
    const storedHeight = isTurned ? width : height;
    const stored = Buffer.alloc(upright.length);
    for (let row = 0; row < storedHeight; row++)
      for (let column = 0; column < storedWidth; column++) {
        const [across, down] = isTurned ? [row, column] : [column, row];
        const x = firstRow === 'right' || firstColumn === 'right' ? width - 1 - across : across;
        const y = firstRow === 'bottom' || firstColumn === 'bottom' ? height - 1 - down : down;
        const from = (y * width + x) * 3;
        stored.set(upright.subarray(from, from + 3), (row * storedWidth + column) * 3);
      }
    return sharp(stored, { raw: { width: storedWidth, height: storedHeight, channels: 3 } });
  }

  it.each([1, 2, 3, 4, 5, 6, 7, 8] as const)(
    'orientation %i is applied, and before the fit',
    async (orientation) => {
      const bytes = await storedAs(orientation, 64, 32)
        .withMetadata({ orientation })
        .jpeg({ quality: 95, chromaSubsampling: '4:4:4' })
        .toBuffer();
      expect((await sharp(bytes).metadata()).orientation).toBe(orientation);
      const decoded = await decodeImage(bytes, asIs(64, 32), limits);
      expect([decoded.width, decoded.height]).toEqual([64, 32]);
      expectQuarters(decoded, 12);
      const [geometry] = (await decodeImage(bytes, square(16), limits)).geometries;
      expect(geometry).toMatchObject({ imageWidth: 64, imageHeight: 32, resizedWidth: 16, resizedHeight: 8 });
    },
  );
});

describe('limits', () => {
  it('a picture of exactly the limit passes, of one row more does not', async () => {
    const exact = { imagePixelsMax: 64 * 32 };
    const decoded = await decodeImage(await picture(64, 32).png().toBuffer(), square(16), exact);
    expect(decoded.width).toBe(64);
    const error = await failure(await picture(64, 33).png().toBuffer(), exact);
    expect(error.code).toBe('image_too_large');
    expect(error.message).toBe('the picture has 64 x 33 = 2112 pixels; at most 2048 are allowed');
  });

  it('a picture above the limit is refused by its header alone, whatever follows', async () => {
    // Only the header of a PNG: any attempt to decode would end as undecodable instead.
    const header = (await picture(64, 64).png().toBuffer()).subarray(0, 33);
    const claim = Buffer.concat([header, pngChunk('IDAT', Buffer.from('no pixels at all'))]);
    claim.writeUInt32BE(30_000, 16);
    claim.writeUInt32BE(30_000, 20);
    expect((await failure(claim)).code).toBe('image_too_large');
  });
});

describe('broken files', () => {
  it.each([
    ['JPEG', () => picture(300, 200).jpeg()],
    ['progressive JPEG', () => picture(300, 200).jpeg({ progressive: true })],
    ['PNG', () => picture(300, 200).png()],
    ['WebP', () => picture(300, 200).webp()],
    ['TIFF', () => picture(300, 200).tiff({ compression: 'lzw' })],
    ['AVIF', () => picture(300, 200).avif()],
    ['GIF', () => picture(300, 200).gif()],
  ])('a %s that ends too early is refused, in words for a client', async (_format, encode) => {
    const bytes = await encode().toBuffer();
    for (const share of [0.5, 0.9]) {
      const error = await failure(bytes.subarray(0, Math.floor(bytes.length * share)));
      expect(error.code).toBe('image_undecodable');
      expect(error.message).toMatch(/^the picture cannot be decoded: /);
      expect(error.message).not.toMatch(/vips|libpng|buffer|heif:|0x|\n/i);
      expect(error.cause).toBeInstanceOf(Error);
    }
  });

  it('a JPEG that ends too early is taken as far as it goes for those who allow that, and says so', async () => {
    const bytes = await picture(300, 200).jpeg({ quality: 95, chromaSubsampling: '4:4:4' }).toBuffer();
    const half = bytes.subarray(0, Math.floor(bytes.length / 2));
    const decoded = await decodeImage(half, asIs(300, 200), { ...limits, allowTruncated: true });
    expect(decoded).toMatchObject({ width: 300, height: 200, isTruncated: true });
    const [r = 0, g = 255, b = 255] = pixel(decoded, 2, 2);
    expect([r > 240, g < 15, b < 15]).toEqual([true, true, true]);
    const whole = await decodeImage(bytes, asIs(300, 200), { ...limits, allowTruncated: true });
    expect(whole.isTruncated).toBeUndefined();
    expectQuarters(whole, 12);
  });

  it('what is broken otherwise is refused also where pictures may end early', async () => {
    const bytes = await picture().png().toBuffer();
    bytes[bytes.length - 13]! ^= 0xff;
    expect((await failure(bytes, { ...limits, allowTruncated: true })).code).toBe('image_undecodable');
    const header = (await picture().jpeg().toBuffer()).subarray(0, 60);
    expect((await failure(header, { ...limits, allowTruncated: true })).code).toBe('image_undecodable');
  });

  it('pixel data whose checksum is wrong are refused', async () => {
    const bytes = await picture().png().toBuffer();
    // The last checksum before IEND, which is twelve bytes long, is that of the pixels.
    bytes[bytes.length - 13]! ^= 0xff;
    expect((await failure(bytes)).code).toBe('image_undecodable');
  });

  it('stray bytes between the segments of a JPEG and behind it do not matter', async () => {
    const bytes = await picture().jpeg({ quality: 95, chromaSubsampling: '4:4:4' }).toBuffer();
    const tables = bytes.indexOf(Buffer.from([0xff, 0xc4]));
    const untidy = Buffer.concat([
      bytes.subarray(0, tables),
      Buffer.from([1, 2, 3, 4]),
      bytes.subarray(tables),
      Buffer.from('trailing'),
    ]);
    await expect(sharp(untidy, { failOn: 'warning' }).raw().toBuffer()).rejects.toThrow('extraneous');
    expectQuarters(await decodeImage(untidy, asIs(64, 32), limits), 12);
  });

  it('EXIF that cannot be read does not matter', async () => {
    const bytes = await picture().jpeg({ quality: 95, chromaSubsampling: '4:4:4' }).toBuffer();
    const exif = Buffer.from('\xff\xe1\0\x10Exif\0\0garbage!', 'latin1');
    const odd = Buffer.concat([bytes.subarray(0, 2), exif, bytes.subarray(2)]);
    await expect(sharp(odd).metadata()).resolves.toMatchObject({ exif: expect.anything() });
    expectQuarters(await decodeImage(odd, asIs(64, 32), limits), 12);
  });
});

const images = fileURLToPath(new URL('../../../../../shared/images/', import.meta.url));
describe.skipIf(!existsSync(images))('shared pictures', () => {
  const undecodable = new Set([
    'broken/pillow-broken.png',
    'broken/pillow-broken_data_stream.png',
    'broken/pillow-truncated_image.png',
    'broken/pillow-truncated_jpeg.jpg',
    'formats/check.svg',
    'formats/truncated.jpg',
  ]);
  const bomb = 'broken/generated-bomb-30000x30000.png';
  const files = existsSync(images)
    ? readdirSync(images, { recursive: true, encoding: 'utf8' }).filter((name) => /\.\w+$/.test(name))
    : [];
  const sound = files.filter((name) => name !== bomb && !undecodable.has(name));

  it.each(sound)('%s decodes', async (name) => {
    const { views } = await decodeImage(readFileSync(images + name), square(640), limits);
    expect(views[0]!.data.length).toBe(640 * 640 * 3);
  });

  it.each([...undecodable])('%s is refused', async (name) => {
    expect((await failure(readFileSync(images + name))).code).toBe('image_undecodable');
  });

  it('the decompression bomb costs neither time nor memory', async () => {
    const bytes = readFileSync(images + bomb);
    const residentBefore = process.memoryUsage.rss();
    const startedMs = performance.now();
    expect((await failure(bytes)).code).toBe('image_too_large');
    expect(performance.now() - startedMs).toBeLessThan(500);
    expect(process.memoryUsage.rss() - residentBefore).toBeLessThan(50_000_000);
  });

  it('every portrait is upright: higher than wide', async () => {
    for (const orientation of [1, 3, 6, 8]) {
      const bytes = readFileSync(`${images}exif/Portrait_${orientation}.jpg`);
      const { width, height } = await decodeImage(bytes, square(640), limits);
      expect([width, height]).toEqual([1200, 1800]);
    }
  });
});

describe('what is over', () => {
  it('keeps no memory: pictures and errors that were handed out are gone with their readers', async () => {
    const bytes = await picture().png().toBuffer();
    const decodeMany = async (count: number): Promise<void> => {
      for (let done = 0; done < count; done++) {
        await decodeImage(bytes, square(640), limits);
        await failure(bytes.subarray(0, -20));
      }
    };
    await decodeMany(50);
    const residentBefore = process.memoryUsage.rss();
    await decodeMany(250);
    // One view is 1.2 MB, and what the collector has not looked at yet is some of them.
    expect(process.memoryUsage.rss() - residentBefore).toBeLessThan(150_000_000);
  });
});

describe('the budget of pixels', () => {
  const pixels = 64 * 32;
  it.each([
    ['png', pixels],
    ['jpeg', pixels],
    ['webp', pixels],
    ['gif', pixels],
    // Its decoder holds a multiple of what the others do.
    ['avif', 3 * pixels],
  ] as const)('a %s waits until there is room for it', async (format, needed) => {
    const heldPixels = new PixelBudget(needed + 9);
    const bytes = await picture().toFormat(format).toBuffer();
    let hasRoom = false;
    const other = heldPixels.within(10, async () => {
      await new Promise((resolve) => setTimeout(resolve, 100));
      hasRoom = true;
    });
    await decodeImage(bytes, square(32), { ...limits, heldPixels });
    expect(hasRoom).toBe(true);
    await other;
  });
});

function pngChunk(name: string, content: Buffer): Buffer {
  const length = Buffer.alloc(4);
  length.writeUInt32BE(content.length);
  return Buffer.concat([length, Buffer.from(name), content, Buffer.alloc(4)]);
}
