import type { RgbImage } from '@shoal/vision';
import { describe, expect, test } from 'vitest';
import { drawBoxes, colourOf } from './draw-boxes.ts';
import { drawText, measureText } from './canvas.ts';
import { dotsOf } from './glyphs.ts';

const dark = [16, 16, 16];
const plain = (width: number, height: number, value: number): RgbImage => ({
  width,
  height,
  data: new Uint8Array(width * height * 3).fill(value),
});
const pixel = ({ data, width }: RgbImage, x: number, y: number): number[] =>
  Array.from(data.subarray((y * width + x) * 3, (y * width + x) * 3 + 3));
const box = { x1: 100, y1: 80, x2: 200, y2: 150 };
const fish = { label: 'fish', score: 0.876, box };

/** Every place at which the letters stand, found as the text was drawn elsewhere. */
function hasText(image: RgbImage, text: string, dot: number): boolean {
  const size = measureText(text, dot);
  const stamp = plain(size.width, size.height, 255);
  drawText(stamp, text, { left: 0, top: 0, dot }, [16, 16, 16]);
  for (let top = 0; top + size.height <= image.height; top += 1) {
    for (let left = 0; left + size.width <= image.width; left += 1) {
      if (isStampAt(image, stamp, left, top)) return true;
    }
  }
  return false;
}

function isStampAt(image: RgbImage, stamp: RgbImage, left: number, top: number): boolean {
  for (let y = 0; y < stamp.height; y += 1) {
    for (let x = 0; x < stamp.width; x += 1) {
      const isLetter = pixel(stamp, x, y)[0] === 16;
      if ((pixel(image, left + x, top + y).join() === dark.join()) !== isLetter) return false;
    }
  }
  return true;
}

describe('a drawn detection', () => {
  test.each([0, 128, 255])(
    'has name and score in dark letters on a pale plate, on a ground of %i',
    (ground) => {
      const image = plain(320, 240, ground);
      drawBoxes(image, [fish]);
      expect(hasText(image, 'fish 0.88', 1)).toBe(true);
      expect(hasText(image, 'fish 0.89', 1)).toBe(false);
    },
  );

  test('has its edges where the box is, in the colour of its class between two dark lines', () => {
    const image = plain(320, 240, 255);
    drawBoxes(image, [fish]);
    const across = [98, 99, 100, 101, 102, 103].map((x) => pixel(image, x, 120));
    const white = [255, 255, 255];
    const colour = [...colourOf('fish')];
    expect(across).toEqual([white, dark, colour, colour, dark, white]);
    expect(pixel(image, 199, 120)).toEqual(colour);
    expect(pixel(image, 150, 149)).toEqual(colour);
    expect(pixel(image, 150, 110)).toEqual(white);
  });

  test('keeps its plate inside the picture, wherever its box lies', () => {
    for (const [x1, y1, x2, y2] of [
      [0, 0, 30, 30],
      [300, 0, 320, 240],
      [290, 220, 320, 240],
      [0, 0, 320, 240],
      [-20, -20, 400, 400],
    ] as const) {
      const image = plain(320, 240, 200);
      drawBoxes(image, [{ ...fish, box: { x1, y1, x2, y2 } }]);
      expect(hasText(image, 'fish 0.88', 1), `${x1}, ${y1}, ${x2}, ${y2}`).toBe(true);
    }
  });

  test('hides no other one’s plate where there is room for both', () => {
    const image = plain(320, 240, 200);
    drawBoxes(image, [fish, { label: 'crab', score: 0.5, box: { ...box, x1: 104, x2: 190 } }]);
    expect(hasText(image, 'fish 0.88', 1)).toBe(true);
    expect(hasText(image, 'crab 0.50', 1)).toBe(true);
  });

  test('has larger letters in a larger picture', () => {
    const image = plain(900, 300, 200);
    drawBoxes(image, [fish]);
    expect(hasText(image, 'fish 0.88', 3)).toBe(true);
  });
});

test('a picture without detections stays as it is', () => {
  const image = plain(64, 48, 77);
  drawBoxes(image, []);
  expect(image.data.every((value) => value === 77)).toBe(true);
});

test('letters are the dots of their characters, cut off at the edge', () => {
  const image = plain(8, 9, 0);
  drawText(image, 'AA', { left: 0, top: 0, dot: 1 }, [255, 255, 255]);
  const lit = Array.from({ length: 72 }, (_, at) => [at % 8, Math.floor(at / 8)]).filter(
    ([x, y]) => pixel(image, x!, y!)[0] === 255,
  );
  const first = dotsOf('A');
  const second = first.map(([column, row]) => [column + 6, row]).filter(([column]) => column! < 8);
  expect(new Set(lit.map(String))).toEqual(new Set([...first, ...second].map(String)));
});
