/** Rectangles and words on interleaved RGB pixels. It changes the pixels that it is given, and cuts off what lies outside. */
import type { RgbImage } from '@shoal/vision';
import { dotsOf, glyphHeight, glyphWidth } from './glyphs.ts';

export type Rgb = readonly [red: number, green: number, blue: number];

/** In whole pixels; `right` and `bottom` lie outside. */
export interface Area {
  readonly left: number;
  readonly top: number;
  readonly right: number;
  readonly bottom: number;
}

export function fillArea({ data, width, height }: RgbImage, area: Area, colour: Rgb): void {
  const left = Math.max(0, area.left);
  const right = Math.min(width, area.right);
  for (let y = Math.max(0, area.top); y < Math.min(height, area.bottom); y += 1) {
    for (let x = left; x < right; x += 1) data.set(colour, (y * width + x) * 3);
  }
}

/** A frame that lies inside the area's edges. */
export function strokeArea(image: RgbImage, area: Area, thickness: number, colour: Rgb): void {
  const { left, top, right, bottom } = area;
  fillArea(image, { left, top, right, bottom: Math.min(bottom, top + thickness) }, colour);
  fillArea(image, { left, top: Math.max(top, bottom - thickness), right, bottom }, colour);
  fillArea(image, { left, top, right: Math.min(right, left + thickness), bottom }, colour);
  fillArea(image, { left: Math.max(left, right - thickness), top, right, bottom }, colour);
}

export function growArea({ left, top, right, bottom }: Area, by: number): Area {
  return { left: left - by, top: top - by, right: right + by, bottom: bottom + by };
}

/** What `drawText` takes, in pixels; a dot of a letter is `dot` wide. */
export function measureText(text: string, dot: number): { width: number; height: number } {
  return { width: Math.max(0, text.length * (glyphWidth + 1) - 1) * dot, height: glyphHeight * dot };
}

/** Drawable characters only; `left` and `top` are those of the first one. */
export function drawText(
  image: RgbImage,
  text: string,
  { left, top, dot }: { left: number; top: number; dot: number },
  colour: Rgb,
): void {
  for (const [index, character] of Array.from(text).entries()) {
    for (const [column, row] of dotsOf(character)) {
      const x = left + (index * (glyphWidth + 1) + column) * dot;
      const y = top + row * dot;
      fillArea(image, { left: x, top: y, right: x + dot, bottom: y + dot }, colour);
    }
  }
}
