/** Pixels to a PNG file's bytes. The way out of sharp; its way in is `flow/decode-image.ts`, which this is not. */
import type { RgbImage } from '@shoal/vision';
import sharp from 'sharp';

export function encodePng({ data, width, height }: RgbImage): Promise<Buffer> {
  return sharp(data, { raw: { width, height, channels: 3 }, limitInputPixels: false })
    .png()
    .toBuffer();
}
