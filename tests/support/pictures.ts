/** Pictures for tests: drawn here, or lying in the repository. */
import { readFile } from 'node:fs/promises';
import path from 'node:path';
import sharp from 'sharp';
import { colours, type Behaviour } from '../fixtures/scripted-worker/colours.ts';
import { repository } from './service-process.ts';

/** A small PNG of one colour (RGB, 0–255 each). */
export function plainPicture(rgb: readonly number[], size = 64): Promise<Buffer> {
  const [r = 0, g = 0, b = 0] = rgb;
  return sharp({ create: { width: size, height: size, channels: 3, background: { r, g, b } } })
    .png()
    .toBuffer();
}

/** A picture that makes the scripted worker behave so. */
export function pictureThat(behaviour: Behaviour): Promise<Buffer> {
  return plainPicture(colours[behaviour]);
}

/** One of the sample scenes. */
export function sampleScene(name = 'scene_2033_0_640x512.jpg'): Promise<Buffer> {
  return readFile(path.join(repository, 'examples', name));
}
