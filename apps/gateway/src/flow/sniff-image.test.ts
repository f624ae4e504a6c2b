import { existsSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { mediaTypes } from '@shoal/shared/contract';
import { assert, oneof, property, uint8Array } from 'fast-check';
import { describe, expect, it } from 'vitest';
import { sniffImage } from './sniff-image.ts';

const ascii = (text: string): Uint8Array => Uint8Array.from(text, (char) => char.charCodeAt(0));
const ftyp = (major: string, ...compatible: string[]): Uint8Array =>
  ascii(
    `\0\0\0${String.fromCharCode(16 + 4 * compatible.length)}ftyp${major}\0\0\0\0${compatible.join('')}\0\0\0\x08mdat`,
  );

const knownByPrefix = [
  ['JPEG with JFIF', '\xff\xd8\xff\xe0\0\x10JFIF', 'image/jpeg'],
  ['JPEG with EXIF', '\xff\xd8\xff\xe1\0\x10Exif', 'image/jpeg'],
  ['PNG', '\x89PNG\r\n\x1a\n\0\0\0\rIHDR', 'image/png'],
  ['WebP', 'RIFF\x10\0\0\0WEBPVP8 ', 'image/webp'],
  ['old GIF', 'GIF87a\x01\0', 'image/gif'],
  ['GIF', 'GIF89a\x01\0', 'image/gif'],
  ['little-endian TIFF', 'II*\0\x08\0\0\0', 'image/tiff'],
  ['big-endian TIFF', 'MM\0*\0\0\0\x08', 'image/tiff'],
  ['little-endian BigTIFF', 'II+\0\x08\0\0\0', 'image/tiff'],
  ['big-endian BigTIFF', 'MM\0+\0\x08\0\0', 'image/tiff'],
] as const;

const avifFiles = [
  ['a still picture', ftyp('avif', 'mif1', 'miaf')],
  ['a sequence', ftyp('avis', 'msf1')],
  ['a generic image whose codec is AV1', ftyp('mif1', 'miaf', 'avif')],
  ['a generic sequence whose codec is AV1', ftyp('msf1', 'avis')],
] as const;

describe('sniffImage', () => {
  it.each(knownByPrefix)('%s is known by its first bytes', (_format, bytes, mediaType) => {
    expect(sniffImage(ascii(bytes))).toBe(mediaType);
  });

  it.each(avifFiles)('AVIF as %s is known', (_case, bytes) => {
    expect(sniffImage(bytes)).toBe('image/avif');
  });

  it('every media type of the contract can be found', () => {
    const files = [...knownByPrefix.map(([, bytes]) => ascii(bytes)), ...avifFiles.map(([, bytes]) => bytes)];
    expect(new Set(files.map(sniffImage))).toEqual(new Set(mediaTypes));
  });

  it.each([
    ['nothing', ''],
    ['text', 'hello, world'],
    ['SVG', '<svg xmlns="http://www.w3.org/2000/svg"/>'],
    ['SVG with a declaration', '<?xml version="1.0"?><svg/>'],
    ['BMP', 'BM\x36\0\0\0\0\0\0\0'],
    ['PDF', '%PDF-1.7'],
    ['WAV', 'RIFF\x10\0\0\0WAVEfmt '],
    ['JPEG 2000', '\0\0\0\x0cjP  \r\n\x87\n'],
    ['JPEG XL', '\xff\x0a\0\0'],
    ['a PNG mangled by a text-mode transfer', '\x89PNG\n\x1a\n\0\0\0'],
    ['a picture that begins one byte late', ' \xff\xd8\xff\xe0'],
  ])('%s is refused', (_case, bytes) => {
    expect(sniffImage(ascii(bytes))).toBeUndefined();
  });

  it.each([
    ['HEIC', ftyp('heic', 'mif1', 'heic')],
    ['a generic image whose codec is HEVC', ftyp('mif1', 'heic')],
    ['HEIC that also lists AVIF', ftyp('heic', 'mif1', 'avif')],
    ['MP4', ftyp('isom', 'avc1')],
  ])('%s is refused though it is built like AVIF', (_case, bytes) => {
    expect(sniffImage(bytes)).toBeUndefined();
  });

  it('a brand that stands behind the ftyp box does not count', () => {
    const bytes = ascii('\0\0\0\x14ftypmif1\0\0\0\0heicavif');
    expect(sniffImage(bytes)).toBeUndefined();
  });

  it('a signature that is cut off is refused', () => {
    for (const length of [0, 1, 2])
      expect(sniffImage(ascii('\xff\xd8\xff').subarray(0, length))).toBeUndefined();
    expect(sniffImage(ftyp('mif1', 'avif').subarray(0, 16))).toBeUndefined();
    expect(sniffImage(ftyp('mif1', 'avif').subarray(0, 11))).toBeUndefined();
  });

  it('a picture in the middle of a larger buffer is read from its own beginning', () => {
    const held = new Uint8Array([0, 0, 0, 0, 0, 0, ...ftyp('mif1', 'avif')]);
    expect(sniffImage(held.subarray(6))).toBe('image/avif');
  });

  it('any bytes get an answer, also where an ftyp box lies about its length', () => {
    const maybeFtyp = uint8Array({ maxLength: 40 }).map(
      (rest) => new Uint8Array([...rest.subarray(0, 4), ...ftyp('mif1').subarray(4, 12), ...rest]),
    );
    const answers = new Set([...mediaTypes, undefined]);
    assert(property(oneof(uint8Array(), maybeFtyp), (bytes) => answers.has(sniffImage(bytes))));
    expect(sniffImage(Uint8Array.from([255, 255, 255, 255, ...ftyp('mif1', 'avif').subarray(4)]))).toBe(
      'image/avif',
    );
  });

  const images = fileURLToPath(new URL('../../../../../shared/images/', import.meta.url));
  it.skipIf(!existsSync(images)).each([
    ['coco/bus.jpg', 'image/jpeg'],
    ['benthic/mbari-crab.png', 'image/png'],
    ['formats/4.webp', 'image/webp'],
    ['formats/8bit_depth.tiff', 'image/tiff'],
    ['formats/pitm.avif', 'image/avif'],
    ['formats/animated-loop-3.gif', 'image/gif'],
    ['formats/check.svg', undefined],
  ])('the shared picture %s is %s', (file, mediaType) => {
    expect(sniffImage(readFileSync(images + file))).toBe(mediaType);
  });
});
