/**
 * Pictures for runs that nobody asked for: to warm up, and to compare. Each has other shapes on other ground, so that a model
 * answers each differently, and the same number always gives the same picture.
 */
import type { RgbImage } from '@shoal/vision';

const shapes = 12;

export function syntheticPicture(number: number, width: number, height: number): RgbImage {
  const next = randomNumbers(number + 1);
  const data = new Uint8Array(width * height * 3);
  const ground = [next(), next(), next()].map(brightness);
  for (let at = 0; at < data.length; at += 1) data[at] = ground[at % 3]!;
  for (let shape = 0; shape < shapes; shape += 1) {
    const colour = [next(), next(), next()].map(brightness);
    const [left, top] = [Math.floor(next() * width), Math.floor(next() * height)];
    const right = Math.min(width, left + 1 + Math.floor((next() * width) / 2));
    const bottom = Math.min(height, top + 1 + Math.floor((next() * height) / 2));
    for (let y = top; y < bottom; y += 1) {
      for (let x = left; x < right; x += 1) data.set(colour, (y * width + x) * 3);
    }
  }
  return { data, width, height };
}

function brightness(part: number): number {
  return 30 + Math.floor(part * 150);
}

/** Park and Miller's generator (Communications of the ACM 31, 1988): numbers from 0 to 1. */
function randomNumbers(seed: number): () => number {
  let state = seed * 7919;
  return () => {
    state = (state * 16_807) % 2_147_483_647;
    return state / 2_147_483_647;
  };
}
