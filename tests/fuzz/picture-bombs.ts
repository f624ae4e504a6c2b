/** Small files that become large, large files that are nothing, and files that are something else as well. */
import { deflateSync } from 'node:zlib';
import sharp from 'sharp';
import * as craft from './craft-pictures.ts';
import type { Random } from './random.ts';
import type { Format } from './sound-pictures.ts';

export interface Bomb {
  readonly name: string;
  readonly expects?: readonly number[];
  readonly weight?: number;
  readonly make: (random: Random, sound: (format: Format) => Buffer) => Buffer;
}

/** Just below SHOAL_IMAGE_PIXELS_MAX as it is by default. */
const nearlyTooWide = 9_990;
const flat = (side: number) =>
  sharp({ create: { width: side, height: side, channels: 3, background: '#357' } });

/** What takes long to make is made once, before the run. */
export async function makeBombs(): Promise<readonly Bomb[]> {
  const tooLarge = craft.emptyPng(30_000, 30_000);
  const nearlyTooLarge = craft.emptyPng(nearlyTooWide, nearlyTooWide);
  const interlaced = await flat(4_000).png({ progressive: true }).toBuffer();
  const transparent = await flat(4_000).ensureAlpha(0.5).png().toBuffer();
  const webp = await flat(4_000).webp({ lossless: true, effort: 0 }).toBuffer();
  const avif = await flat(2_000).avif({ effort: 0 }).toBuffer();
  const progressive = await flat(2_000).jpeg({ progressive: true }).toBuffer();
  const rows = deflateSync(Buffer.alloc(nearlyTooWide ** 2), { level: 9 });
  const page = { width: nearlyTooWide, height: nearlyTooWide, compression: 8, stripBytes: rows.length };
  const deflated = craft.tiff([craft.tiffPage(page)], undefined, rows);
  const hundredMegabytes = Buffer.alloc(100_000_000);

  return [
    { name: 'PNG of 30,000 x 30,000', expects: [422], weight: 2, make: () => tooLarge },
    { name: 'PNG just small enough', expects: [200], weight: 0.3, make: () => nearlyTooLarge },
    { name: 'TIFF just small enough', expects: [200], weight: 0.3, make: () => deflated },
    { name: 'large interlaced PNG', expects: [200], weight: 0.3, make: () => interlaced },
    { name: 'large transparent PNG', expects: [200], weight: 0.3, make: () => transparent },
    { name: 'large WebP', expects: [200], weight: 0.3, make: () => webp },
    { name: 'large AVIF', expects: [200], weight: 0.3, make: () => avif },
    {
      name: 'progressive JPEG with hundreds of scans',
      weight: 0.5,
      make: (random) => manyScans(random, progressive),
    },
    {
      name: 'GIF of 65,535 x 65,535',
      expects: [422],
      make: () => craft.gif(65_535, 65_535, [{ width: 65_535, height: 65_535 }]),
    },
    {
      name: 'GIF just small enough, with hardly any data',
      weight: 0.3,
      make: () => craft.gif(nearlyTooWide, nearlyTooWide, [{ width: nearlyTooWide, height: nearlyTooWide }]),
    },
    {
      name: 'GIF of thousands of frames',
      make: (random) => {
        const frames = Array.from({ length: random.integer(1_000, 10_000) }, () => ({ width: 1, height: 1 }));
        return craft.gif(100, 100, frames);
      },
    },
    { name: '0 bytes', expects: [400], make: () => Buffer.alloc(0) },
    { name: '1 byte', expects: [415], make: (random) => random.bytes(1) },
    {
      name: 'noise',
      expects: [415],
      make: (random) => Buffer.concat([Buffer.from('?'), random.bytes(random.size(100_000))]),
    },
    {
      name: 'a signature alone',
      expects: [422, 415],
      make: (random, sound) => sound(anyFormat(random)).subarray(0, 12),
    },
    { name: '100 MB of zeros', expects: [413], weight: 0.1, make: () => hundredMegabytes },
    {
      name: '100 MB behind a sound beginning',
      expects: [413],
      weight: 0.1,
      make: (random, sound) => Buffer.concat([sound(anyFormat(random)), hundredMegabytes]),
    },
    {
      name: '20 MB behind a sound picture',
      weight: 0.2,
      make: (random, sound) =>
        Buffer.concat([sound(anyFormat(random)), hundredMegabytes.subarray(0, 20_000_000)]),
    },
    ...notPictures.map(([name, text]) => ({ name, expects: [415], make: () => Buffer.from(text) })),
    {
      name: 'a picture that is HTML as well',
      make: (random, sound) => {
        const script = Buffer.from('<html><script>alert(1)</script><!--');
        const format = anyFormat(random);
        return format === 'jpeg'
          ? craft.withJpegSegment(sound('jpeg'), 0xfe, script)
          : Buffer.concat([sound(format), script]);
      },
    },
    {
      name: 'GIF that is JavaScript as well',
      make: () => Buffer.from('GIF89a/*\xff\xff*/=1;alert(1)', 'latin1'),
    },
    {
      name: 'a picture that is a ZIP archive as well',
      make: (random, sound) =>
        Buffer.concat([sound(anyFormat(random)), Buffer.from('PK\x05\x06'), Buffer.alloc(18)]),
    },
  ];
}

const anyFormat = (random: Random): Format =>
  random.pick(['jpeg', 'png', 'webp', 'tiff', 'gif', 'avif'] as const);

/** The first scan again and again: each must be decoded over the whole picture. */
function manyScans(random: Random, progressive: Buffer): Buffer {
  const scan = craft.jpegSegments(progressive).find(({ marker }) => marker === 0xda)!;
  const second = progressive.indexOf(Buffer.from([0xff, 0xda]), scan.offset + 2);
  const once = progressive.subarray(scan.offset, second);
  const scans = Array.from({ length: random.integer(50, 800) }, () => once);
  return Buffer.concat([progressive.subarray(0, scan.offset), ...scans, progressive.subarray(scan.offset)]);
}

const laughs = Array.from({ length: 9 }, (_, i) => `<!ENTITY l${i + 1} "${`&l${i};`.repeat(10)}">`).join('');

/** None of these is among the admitted formats, whatever a library could make of them. */
const notPictures: readonly (readonly [name: string, text: string])[] = [
  [
    'SVG',
    '<svg xmlns="http://www.w3.org/2000/svg" width="9" height="9"><image href="file:///etc/passwd"/></svg>',
  ],
  [
    'SVG that laughs',
    `<!DOCTYPE svg [<!ENTITY l0 "ha">${laughs}]><svg xmlns="http://www.w3.org/2000/svg">&l9;</svg>`,
  ],
  ['PDF', '%PDF-1.7\n1 0 obj<</Type/Catalog/Pages 2 0 R>>endobj\ntrailer<</Root 1 0 R>>'],
  ['HTML', '<!doctype html><img src=x onerror=alert(1)>'],
  ['PostScript', '%!PS-Adobe-3.0\n(/etc/passwd) (r) file closefile'],
  ['BMP', 'BM\x46\0\0\0\0\0\0\0\x36\0\0\0\x28\0\0\0\x01\0\0\0\x01\0\0\0'],
  ['HEIC', '\0\0\0\x18ftypheic\0\0\0\0mif1heic'],
  ['JPEG XL', '\xff\x0a\0\0\0\0'],
  [
    'ImageMagick script',
    'push graphic-context\nviewbox 0 0 9 9\nfill url(https://127.0.0.1/"|ls")\npop graphic-context',
  ],
  ['libvips’ own format', '\xb6\xa6\xf2\x08\0\0\0\x01'],
  ['CSV', '1,2,3\n4,5,6\n'],
];
