/** What happens to files of any format: on bad disks, on broken lines, and by people who mean it. */
import type { Random } from './random.ts';

export interface Damage {
  readonly name: string;
  /** Never changes what it is given. */
  readonly apply: (random: Random, bytes: Buffer, other: Buffer) => Buffer;
}

const at = (random: Random, bytes: Buffer): number => random.integer(0, Math.max(0, bytes.length - 1));

function flipBits(random: Random, bytes: Buffer, within: number): Buffer {
  const flipped = Buffer.from(bytes);
  for (let left = random.size(64); left >= 0; left--) {
    const place = random.integer(0, Math.min(within, bytes.length) - 1);
    flipped[place] = flipped[place]! ^ (1 << random.integer(0, 7));
  }
  return flipped;
}

const extremes = [
  0, 1, 0x7f, 0x80, 0xff, 0x7fff, 0x8000, 0xffff, 0x7fffffff, 0x80000000, 0xfffffffe, 0xffffffff,
];

function writeExtremes(random: Random, bytes: Buffer): Buffer {
  const changed = Buffer.from(bytes);
  for (let left = random.integer(1, 4); left > 0 && bytes.length > 4; left--) {
    // Headers come first in every format, and so do the numbers that code believes.
    const place = random.integer(0, Math.min(bytes.length, random.chance(0.7) ? 600 : bytes.length) - 4);
    const value = random.pick(extremes);
    const form = random.integer(0, 2);
    if (form === 0) changed.writeUInt32BE(value, place);
    else if (form === 1) changed.writeUInt32LE(value, place);
    else changed.writeUInt16BE(value & 0xffff, place);
  }
  return changed;
}

export const damages: readonly Damage[] = [
  { name: 'bits flipped', apply: (random, bytes) => flipBits(random, bytes, bytes.length) },
  { name: 'bits of the head flipped', apply: (random, bytes) => flipBits(random, bytes, 256) },
  { name: 'numbers at their limits', apply: writeExtremes },
  { name: 'cut anywhere', apply: (random, bytes) => bytes.subarray(0, at(random, bytes)) },
  { name: 'cut near the end', apply: (random, bytes) => bytes.subarray(0, -random.integer(1, 32)) },
  { name: 'cut in the head', apply: (random, bytes) => bytes.subarray(0, random.integer(0, 64)) },
  {
    name: 'a run of noise',
    apply(random, bytes) {
      const noise = random.bytes(random.size(4_096));
      const place = at(random, bytes);
      return Buffer.concat([bytes.subarray(0, place), noise, bytes.subarray(place + noise.length)]);
    },
  },
  {
    name: 'a run of zeros',
    apply(random, bytes) {
      const place = at(random, bytes);
      return Buffer.from(bytes).fill(0, place, place + random.size(bytes.length - place));
    },
  },
  {
    name: 'bytes put in',
    apply(random, bytes) {
      const place = at(random, bytes);
      return Buffer.concat([bytes.subarray(0, place), random.bytes(random.size(512)), bytes.subarray(place)]);
    },
  },
  {
    name: 'bytes taken out',
    apply(random, bytes) {
      const place = at(random, bytes);
      return Buffer.concat([bytes.subarray(0, place), bytes.subarray(place + random.size(512))]);
    },
  },
  {
    name: 'a piece repeated',
    apply(random, bytes) {
      const [from, to] = [at(random, bytes), at(random, bytes)].sort((a, b) => a - b) as [number, number];
      const piece = bytes.subarray(from, Math.min(to, from + 65_536));
      const copies = Array.from({ length: random.integer(1, 20) }, () => piece);
      return Buffer.concat([bytes.subarray(0, from), ...copies, bytes.subarray(from)]);
    },
  },
  {
    name: 'two pictures spliced',
    apply: (random, bytes, other) =>
      Buffer.concat([bytes.subarray(0, at(random, bytes)), other.subarray(at(random, other))]),
  },
  {
    name: 'the beginning of another format',
    apply: (random, bytes, other) => {
      const length = random.integer(4, 16);
      return Buffer.concat([other.subarray(0, length), bytes.subarray(length)]);
    },
  },
  {
    name: 'garbage behind the end',
    apply: (random, bytes) => Buffer.concat([bytes, random.bytes(random.size(65_536))]),
  },
  { name: 'another picture behind the end', apply: (_random, bytes, other) => Buffer.concat([bytes, other]) },
];
