/**
 * The picture of a check for which nobody gave one: a circle, a square and a triangle on a smooth ground, which the demo models
 * know. Other models rarely find anything in it; that they run at all shows all the same.
 */
import type { RgbImage } from '@shoal/vision';
import { fillArea, type Rgb } from './canvas.ts';

const width = 640;
const height = 480;

export function syntheticScene(): RgbImage {
  const image = { width, height, data: new Uint8Array(width * height * 3) };
  for (let y = 0; y < height; y += 1) {
    for (let x = 0; x < width; x += 1) {
      const ground: Rgb = [40 + (40 * x) / width, 70 + (50 * y) / height, 110 - (40 * x) / width];
      image.data.set(ground, (y * width + x) * 3);
    }
  }
  const row = (y: number, left: number, right: number, colour: Rgb): void =>
    fillArea(image, { left: Math.round(left), right: Math.round(right), top: y, bottom: y + 1 }, colour);
  const [radius, side] = [70, 140];
  for (let y = -radius; y < radius; y += 1) {
    const half = Math.sqrt(radius ** 2 - (y + 0.5) ** 2);
    row(150 + y, 130 - half, 130 + half, [240, 170, 40]);
  }
  fillArea(image, { left: 420, top: 60, right: 420 + side, bottom: 60 + side }, [225, 70, 90]);
  for (let y = 0; y < side; y += 1) {
    const half = (y + 1) / 2;
    row(300 + y, 320 - half, 320 + half, [150, 225, 120]);
  }
  return image;
}
