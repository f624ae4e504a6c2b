/**
 * Boxes as rectangles, and which of them a pointer means. Boxes arrive in pixels of the upright picture, which is how
 * the browser shows it too.
 */
import type { BoxXyxy, Detection } from '../api/wire.ts';

export interface Size {
  readonly width: number;
  readonly height: number;
}

export interface Rectangle extends Size {
  readonly x: number;
  readonly y: number;
}

/** How far beside a box the pointer may be and still mean it, in CSS pixels. */
export const POINTER_REACH = 4;

/** Of the part that lies in the picture, in its pixels; never of negative size. */
export function boxRectangle({ x1, y1, x2, y2 }: BoxXyxy, picture: Size): Rectangle {
  const [left, right] = [inside(Math.min(x1, x2), picture.width), inside(Math.max(x1, x2), picture.width)];
  const [top, bottom] = [inside(Math.min(y1, y2), picture.height), inside(Math.max(y1, y2), picture.height)];
  return { x: left, y: top, width: right - left, height: bottom - top };
}

/**
 * The smallest box at a point, so that one inside another can be reached; of two equal ones the first.
 * @param reach how far beside a box still counts, so that the smallest are not missed; all in pixels of the picture
 */
export function smallestBoxAt(
  detections: readonly Detection[],
  x: number,
  y: number,
  reach: number,
): number | undefined {
  let found: number | undefined;
  let smallest = Infinity;
  for (const [index, { box }] of detections.entries()) {
    const { x1, y1, x2, y2 } = box;
    if (x < Math.min(x1, x2) - reach || x > Math.max(x1, x2) + reach) continue;
    if (y < Math.min(y1, y2) - reach || y > Math.max(y1, y2) + reach) continue;
    const area = Math.abs((x2 - x1) * (y2 - y1));
    if (area < smallest) [found, smallest] = [index, area];
  }
  return found;
}

/** As a path, so that the page's `rect`s are the boxes and nothing else. */
export function outline({ x, y, width, height }: Rectangle): string {
  return `M${x} ${y}h${width}v${height}h${-width}z`;
}

function inside(value: number, to: number): number {
  return Math.min(Math.max(value, 0), to);
}
