/** Pictures whose headers say what their data do not hold: sizes, depths, lengths, orientations, profiles, loops. */
import { deflateSync } from 'node:zlib';
import * as craft from './craft-pictures.ts';
import type { Random } from './random.ts';
import type { Format, Picture } from './sound-pictures.ts';

export interface Lie {
  readonly name: string;
  readonly make: (random: Random, sound: (format: Format) => Buffer) => Buffer;
}

const sides = [
  0, 1, 2, 255, 256, 9_999, 16_383, 16_384, 30_000, 32_767, 65_535, 65_536, 0x7fffffff, 0xffffffff,
];
const side = (random: Random): number => (random.chance(0.7) ? random.pick(sides) : random.size(70_000));
const little = (random: Random): Buffer => random.bytes(random.size(2_000));

function patch(bytes: Buffer, change: (copy: Buffer) => void): Buffer {
  const copy = Buffer.from(bytes);
  change(copy);
  return copy;
}

/** EXIF of one tag, orientation (0x0112), with a value that has no meaning, or with noise around it. */
function orientation(random: Random): Buffer {
  const entry: craft.TiffEntry = [
    0x0112,
    random.pick([1, 2, 3, 4, 5, 12, 0]),
    random.pick([0, 1, 2, 0xffffffff]),
    random.integer(0, 70_000),
  ];
  const entries = Array.from({ length: random.size(200) }, () => entry);
  const directory = craft.tiff([[entry, ...entries]], () => (random.chance(0.5) ? 0 : -1));
  return random.chance(0.3)
    ? Buffer.concat([directory.subarray(0, random.integer(0, directory.length)), little(random)])
    : directory;
}

export const lies: readonly Lie[] = [
  {
    name: 'PNG of another size',
    make: (random, sound) =>
      craft.png(
        craft.pngHead({
          width: side(random),
          height: side(random),
          bitDepth: random.pick([0, 1, 2, 4, 8, 16, 32, 255]),
          colourType: random.pick([0, 1, 2, 3, 4, 5, 6, 7]),
          interlace: random.pick([0, 1, 2]),
        }),
        sound('png').subarray(33),
      ),
  },
  {
    name: 'PNG with a chunk that lies about its length or checksum',
    make: (random, sound) => {
      const lie = random.chance(0.7)
        ? { length: random.pick([0, 1, 0x7fffffff, 0x80000000, 0xffffffff]) }
        : { crc: 0 };
      const type = random.pick([
        'IDAT',
        'PLTE',
        'tRNS',
        'gAMA',
        'iCCP',
        'zTXt',
        'eXIf',
        'acTL',
        'fdAT',
        'AAAA',
      ]);
      const bytes = sound('png');
      return Buffer.concat([
        bytes.subarray(0, 33),
        craft.pngChunk(type, little(random), lie),
        bytes.subarray(33),
      ]);
    },
  },
  {
    name: 'PNG with text or a profile that inflates to 50 MB',
    make: (random, sound) => {
      const bytes = sound('png');
      const [type, before] = random.pick([
        ['zTXt', 'Comment\0\0'],
        ['iCCP', 'profile\0\0'],
        ['iTXt', 'Comment\0\x01\0\0\0'],
      ] as const);
      const chunk = craft.pngChunk(type, Buffer.concat([Buffer.from(before, 'latin1'), inflatesTo50Mb()]));
      const chunks = Array.from({ length: random.integer(1, 8) }, () => chunk);
      return Buffer.concat([bytes.subarray(0, 33), ...chunks, bytes.subarray(33)]);
    },
  },
  {
    name: 'PNG with EXIF of garbage',
    make: (random, sound) => {
      const bytes = sound('png');
      return Buffer.concat([
        bytes.subarray(0, 33),
        craft.pngChunk('eXIf', orientation(random)),
        bytes.subarray(33),
      ]);
    },
  },
  {
    name: 'JPEG of another size, depth or number of components',
    make: (random, sound) =>
      patch(sound('jpeg'), (bytes) => {
        const frame = craft.jpegSegments(bytes).find(({ marker }) => marker >= 0xc0 && marker <= 0xc2);
        if (frame === undefined) return;
        bytes.writeUInt16BE(side(random) & 0xffff, frame.offset + 5);
        bytes.writeUInt16BE(side(random) & 0xffff, frame.offset + 7);
        if (random.chance(0.3)) bytes[frame.offset + 4] = random.pick([0, 1, 8, 12, 16, 255]);
        if (random.chance(0.3)) bytes[frame.offset + 9] = random.integer(0, 255);
      }),
  },
  {
    name: 'JPEG with a segment that lies about its length',
    make: (random, sound) =>
      patch(sound('jpeg'), (bytes) => {
        const segment = random.pick(craft.jpegSegments(bytes));
        bytes.writeUInt16BE(
          random.pick([0, 1, 2, 3, 0x7fff, 0xffff, random.integer(0, 400)]),
          segment.offset + 2,
        );
      }),
  },
  {
    name: 'JPEG with tables of garbage',
    make: (random, sound) =>
      craft.withJpegSegment(sound('jpeg'), random.pick([0xc4, 0xdb, 0xdd, 0xcc, 0xfe]), little(random)),
  },
  {
    name: 'JPEG with EXIF of garbage',
    make: (random, sound) =>
      craft.withJpegSegment(
        sound('jpeg'),
        0xe1,
        Buffer.concat([Buffer.from('Exif\0\0'), orientation(random)]),
      ),
  },
  {
    name: 'JPEG with a colour profile of garbage',
    make: (random, sound) => {
      const head = Buffer.from([
        ...Buffer.from('ICC_PROFILE\0'),
        random.integer(0, 255),
        random.integer(0, 255),
      ]);
      return craft.withJpegSegment(sound('jpeg'), 0xe2, Buffer.concat([head, little(random)]));
    },
  },
  {
    name: 'WebP of another size',
    make: (random, sound) =>
      patch(sound('webp'), (bytes) => {
        const extended = Buffer.from([0x56, 0x50, 0x38, 0x58]);
        // VP8X holds sizes less one in 24 bits each; VP8 and VP8L hold 14 bits behind a few others.
        const place = bytes.includes(extended) ? bytes.indexOf(extended) + 12 : 21 + random.integer(0, 6);
        bytes.writeUIntLE(side(random) & 0xffffff, place, 3);
        if (random.chance(0.5)) bytes.writeUIntLE(side(random) & 0xffffff, place + 3, 3);
      }),
  },
  {
    name: 'WebP that lies about its length',
    make: (random, sound) =>
      patch(sound('webp'), (bytes) =>
        bytes.writeUInt32LE(random.pick([0, 1, 11, 0x7fffffff, 0xffffffff]), random.pick([4, 16])),
      ),
  },
  {
    name: 'GIF of another size',
    make: (random, sound) =>
      patch(sound('gif'), (bytes) => {
        bytes.writeUInt16LE(side(random) & 0xffff, 6);
        bytes.writeUInt16LE(side(random) & 0xffff, 8);
      }),
  },
  {
    name: 'GIF whose frames lie about their size and code',
    make: (random) => {
      const frames = Array.from({ length: random.size(300) }, () => ({
        width: side(random) & 0xffff,
        height: side(random) & 0xffff,
        codeSize: random.integer(0, 255),
        data: [4, ...random.bytes(4)],
      }));
      return craft.gif(
        side(random) & 0xffff,
        side(random) & 0xffff,
        frames,
        random.chance(0.5) ? [0x3b] : [],
      );
    },
  },
  {
    name: 'TIFF with tags that lie',
    make: (random) =>
      craft.tiff(
        [
          craft.tiffPage({
            width: side(random),
            height: side(random),
            compression: random.pick([
              0, 1, 2, 3, 4, 5, 6, 7, 8, 32_773, 32_946, 34_712, 50_000, 50_001, 65_535,
            ]),
            samples: random.pick([0, 1, 3, 4, 5, 255, 65_535]),
            bits: random.pick([0, 1, 2, 7, 8, 16, 32, 64, 65_535]),
            photometric: random.pick([0, 1, 2, 3, 4, 5, 6, 8, 32_844, 65_535]),
            stripOffset: random.pick([0, 8, 1_000, 0x7fffffff, 0xffffffff]),
            stripBytes: random.pick([0, 1, 64, 0x7fffffff, 0xffffffff]),
          }),
        ],
        undefined,
        random.bytes(64),
      ),
  },
  {
    name: 'TIFF with directories in a circle',
    make: (random) => {
      const count = random.integer(1, 50);
      const page = craft.tiffPage({ width: 8, height: 8 });
      return craft.tiff(
        Array.from({ length: count }, () => page),
        (index) => (index + 1) % count,
        random.bytes(64),
      );
    },
  },
  {
    name: 'TIFF with thousands of directories',
    make: (random) => {
      const page = craft.tiffPage({ width: 8, height: 8 });
      return craft.tiff(
        Array.from({ length: random.integer(1_000, 5_000) }, () => page),
        undefined,
        random.bytes(64),
      );
    },
  },
  {
    name: 'TIFF whose directories hold directories, and themselves',
    make: (random) => {
      const page = (index: number): craft.TiffEntry[] => [
        ...craft.tiffPage({ width: 8, height: 8 }),
        // SubIFDs: many, each of which is one of these directories.
        [330, 4, random.pick([1, 100, 65_535]), random.pick([8, 72, 72 + index * 126])],
      ];
      return craft.tiff(
        Array.from({ length: random.integer(1, 100) }, (_, index) => page(index)),
        undefined,
        random.bytes(64),
      );
    },
  },
  {
    name: 'AVIF of another size, or whose boxes lie',
    make: (random, sound) =>
      patch(sound('avif'), (bytes) => {
        const box = random.pick([
          'ispe',
          'iloc',
          'ipma',
          'ipco',
          'meta',
          'iinf',
          'av1C',
          'mdat',
          'pitm',
          'hdlr',
          'ftyp',
        ]);
        const place = bytes.indexOf(box, 0, 'latin1');
        if (place < 4 || place + 20 > bytes.length) return;
        const field = random.pick([-4, 4, 8, 12]);
        bytes.writeUInt32BE(
          field < 0 ? random.pick([0, 1, 7, 8, 0x7fffffff, 0xffffffff]) : side(random) >>> 0,
          place + field,
        );
      }),
  },
];

let inflated: Buffer | undefined;
const inflatesTo50Mb = (): Buffer => (inflated ??= deflateSync(Buffer.alloc(50_000_000), { level: 9 }));

/** One sound picture of a format, of those that there are. */
export function soundOf(pictures: readonly Picture[], random: Random): (format: Format) => Buffer {
  return (format) => random.pick(pictures.filter((picture) => picture.format === format)).bytes;
}
