/** Sound pictures of every admitted format, in the variants that libraries read by different code; made once a run. */
import sharp, { type Sharp } from 'sharp';
import { sampleScene } from '../support/pictures.ts';

export type Format = 'jpeg' | 'png' | 'webp' | 'tiff' | 'gif' | 'avif';

export interface Picture {
  readonly format: Format;
  readonly name: string;
  readonly bytes: Buffer;
}

const variants: readonly (readonly [name: string, format: Format, make: (scene: Sharp) => Sharp])[] = [
  ['JPEG', 'jpeg', (scene) => scene.jpeg()],
  ['progressive JPEG', 'jpeg', (scene) => scene.jpeg({ progressive: true })],
  ['JPEG in full colour', 'jpeg', (scene) => scene.jpeg({ chromaSubsampling: '4:4:4', quality: 95 })],
  ['gray JPEG', 'jpeg', (scene) => scene.toColourspace('b-w').jpeg()],
  ['CMYK JPEG', 'jpeg', (scene) => scene.toColourspace('cmyk').jpeg()],
  [
    'JPEG with EXIF and ICC',
    'jpeg',
    (scene) => scene.withMetadata({ orientation: 6 }).withIccProfile('p3').jpeg(),
  ],
  ['PNG', 'png', (scene) => scene.png()],
  ['PNG of 16 bit', 'png', (scene) => scene.toColourspace('rgb16').png()],
  ['PNG with a palette', 'png', (scene) => scene.png({ palette: true, colours: 16 })],
  ['interlaced PNG', 'png', (scene) => scene.png({ progressive: true })],
  ['PNG with alpha', 'png', (scene) => scene.ensureAlpha(0.5).png()],
  ['gray PNG', 'png', (scene) => scene.toColourspace('b-w').png()],
  [
    'PNG with EXIF and ICC',
    'png',
    (scene) => scene.withMetadata({ orientation: 8 }).withIccProfile('p3').png(),
  ],
  ['WebP', 'webp', (scene) => scene.webp()],
  ['lossless WebP', 'webp', (scene) => scene.webp({ lossless: true })],
  [
    'WebP with alpha and EXIF',
    'webp',
    (scene) => scene.ensureAlpha(0.5).withMetadata({ orientation: 3 }).webp(),
  ],
  ['TIFF', 'tiff', (scene) => scene.tiff({ compression: 'none' })],
  ['TIFF, LZW', 'tiff', (scene) => scene.tiff({ compression: 'lzw', predictor: 'horizontal' })],
  [
    'TIFF, Deflate, tiles',
    'tiff',
    (scene) => scene.tiff({ compression: 'deflate', tile: true, tileWidth: 32, tileHeight: 32 }),
  ],
  ['TIFF, JPEG', 'tiff', (scene) => scene.tiff({ compression: 'jpeg' })],
  [
    'TIFF, pyramid',
    'tiff',
    (scene) =>
      scene.tiff({ compression: 'deflate', pyramid: true, tile: true, tileWidth: 16, tileHeight: 16 }),
  ],
  [
    'TIFF of one bit',
    'tiff',
    (scene) => scene.toColourspace('b-w').tiff({ compression: 'ccittfax4', bitdepth: 1 }),
  ],
  ['CMYK TIFF', 'tiff', (scene) => scene.toColourspace('cmyk').tiff({ compression: 'none' })],
  ['GIF', 'gif', (scene) => scene.gif()],
  ['AVIF', 'avif', (scene) => scene.avif({ effort: 0 })],
  ['AVIF with alpha', 'avif', (scene) => scene.ensureAlpha(0.5).avif({ effort: 0, lossless: true })],
];

/** Small, so that a case costs its decoder's errors and not its pixels. */
const [width, height] = [96, 72];

export async function makeSoundPictures(): Promise<readonly Picture[]> {
  const scene = await sharp(await sampleScene())
    .resize(width, height)
    .png()
    .toBuffer();
  const stills = await Promise.all(
    variants.map(async ([name, format, make]) => ({
      name,
      format,
      bytes: await make(sharp(scene)).toBuffer(),
    })),
  );
  const frames = await Promise.all(
    [10, 120, 240].map((hue) => sharp(scene).modulate({ hue }).png().toBuffer()),
  );
  const animation = (): Sharp => sharp(frames, { join: { animated: true } });
  return [
    ...stills,
    { name: 'animated GIF', format: 'gif', bytes: await animation().gif().toBuffer() },
    { name: 'animated WebP', format: 'webp', bytes: await animation().webp().toBuffer() },
  ];
}
