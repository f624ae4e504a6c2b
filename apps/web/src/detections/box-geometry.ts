/**
 * Where boxes and their names go on the drawn picture. Boxes arrive in pixels of the upright picture, which is how the
 * browser shows it too; the drawing is in CSS pixels, so that lines and letters keep their size at any zoom.
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

/** Scales by each axis on its own and keeps the rectangle inside the drawing, in CSS pixels to two decimals. */
export function scaleBox(box: BoxXyxy, picture: Size, drawn: Size): Rectangle {
  const left = place(Math.min(box.x1, box.x2), picture.width, drawn.width);
  const right = place(Math.max(box.x1, box.x2), picture.width, drawn.width);
  const top = place(Math.min(box.y1, box.y2), picture.height, drawn.height);
  const bottom = place(Math.max(box.y1, box.y2), picture.height, drawn.height);
  return { x: left, y: top, width: round(right - left), height: round(bottom - top) };
}

/** The name sits on top of its box; inside it where there is no room above; never past the drawing's edges. */
export function placeLabel(box: Rectangle, label: Size, drawn: Size): Rectangle {
  const above = box.y - label.height;
  const y = above >= 0 ? above : Math.min(box.y, Math.max(0, drawn.height - label.height));
  const x = Math.max(0, Math.min(box.x, drawn.width - label.width));
  return { x: round(x), y: round(y), width: label.width, height: label.height };
}

/** Indices, largest box first: a small box inside a large one stays on top, where a pointer reaches it. */
export function drawOrder(detections: readonly Detection[]): readonly number[] {
  return detections
    .map((detection, index) => ({ index, area: areaOf(detection.box) }))
    .sort((left, right) => right.area - left.area)
    .map(({ index }) => index);
}

function areaOf({ x1, y1, x2, y2 }: BoxXyxy): number {
  return Math.abs((x2 - x1) * (y2 - y1));
}

function place(value: number, from: number, to: number): number {
  if (from <= 0) return 0;
  return round((Math.min(Math.max(value, 0), from) * to) / from);
}

function round(value: number): number {
  return Math.round(value * 100) / 100;
}
