/**
 * Draws what was found into a picture: each box in its class's colour between two dark lines, with name and score on a plate,
 * so that both can be read on any ground. It knows pixels only; files are somebody else's.
 */
import type { ImageBox, RgbImage } from '@shoal/vision';
import { drawText, fillArea, growArea, measureText, strokeArea, type Area, type Rgb } from './canvas.ts';
import { toDrawable } from './glyphs.ts';

export interface LabelledBox {
  readonly label: string;
  readonly score: number;
  /** In pixels of the picture that is drawn into. */
  readonly box: ImageBox;
}

/** Of the longer side: a letter is as easily read in a large picture that is shown small. */
const edgePerDot = 400;
const dark: Rgb = [16, 16, 16];

/** Changes the pixels of `image`. The best detection is drawn last, on top. */
export function drawBoxes(image: RgbImage, detections: readonly LabelledBox[]): void {
  const dot = Math.ceil(Math.max(image.width, image.height) / edgePerDot);
  const bestLast = detections.toSorted((a, b) => a.score - b.score);
  for (const { label, box } of bestLast) drawFrame(image, toArea(box), dot, colourOf(label));
  const plates: Area[] = [];
  for (const { label, score, box } of bestLast.toReversed()) {
    const text = toDrawable(`${label} ${score.toFixed(2)}`);
    const plate = placePlate(image, toArea(box), text, dot, plates);
    plates.push(plate);
    fillArea(image, plate, dark);
    fillArea(image, growArea(plate, -dot), colourOf(label));
    drawText(image, text, { left: plate.left + 3 * dot, top: plate.top + 2 * dot, dot }, dark);
  }
}

/** The hue of a name as the old server's page chose it, pale enough for dark letters: RGB, 0 to 255. */
export function colourOf(label: string): Rgb {
  const hue = Array.from(label).reduce((sum, character) => sum + character.charCodeAt(0), 0) % 360;
  const [saturation, lightness] = [1, 0.7];
  // CSS Color 4, section 7.1: HSL to RGB.
  const channel = (n: number): number => {
    const k = (n + hue / 30) % 12;
    const amplitude = saturation * Math.min(lightness, 1 - lightness);
    return Math.round(255 * (lightness - amplitude * Math.max(-1, Math.min(k - 3, 9 - k, 1))));
  };
  return [channel(0), channel(8), channel(4)];
}

function drawFrame(image: RgbImage, area: Area, dot: number, colour: Rgb): void {
  const line = dot + 1;
  strokeArea(image, growArea(area, 1), line + 2, dark);
  strokeArea(image, area, line, colour);
}

function toArea({ x1, y1, x2, y2 }: ImageBox): Area {
  const [left, top] = [Math.floor(x1), Math.floor(y1)];
  return { left, top, right: Math.max(left + 1, Math.ceil(x2)), bottom: Math.max(top + 1, Math.ceil(y2)) };
}

/** Above the box, inside at its top, or below; the first of these that hides no other plate and leaves the picture nowhere. */
function placePlate(
  { width, height }: RgbImage,
  { left: boxLeft, top, bottom }: Area,
  text: string,
  dot: number,
  others: readonly Area[],
): Area {
  const size = measureText(text, dot);
  const [plateWidth, plateHeight] = [size.width + 6 * dot, size.height + 3 * dot];
  const left = Math.max(0, Math.min(boxLeft, width - plateWidth));
  const at = (y: number): Area => ({ left, top: y, right: left + plateWidth, bottom: y + plateHeight });
  const places = [top - plateHeight, top, bottom, bottom - plateHeight].map(at);
  const inside = places.filter((place) => place.top >= 0 && place.bottom <= height);
  return inside.find((place) => !others.some((other) => overlap(place, other))) ?? inside[0] ?? at(0);
}

function overlap(a: Area, b: Area): boolean {
  return a.left < b.right && b.left < a.right && a.top < b.bottom && b.top < a.bottom;
}
