/** How much two boxes agree. Boxes of different spaces cannot be compared: the types refuse. */
import type { ImageBox, ModelBox } from './boxes.ts';

/** Intersection over union of two xyxy boxes, 0 to 1; 0 when neither has an area. */
export function iou<Box extends ModelBox | ImageBox>(a: Box, b: Box): number {
  const width = Math.min(a.x2, b.x2) - Math.max(a.x1, b.x1);
  const height = Math.min(a.y2, b.y2) - Math.max(a.y1, b.y1);
  if (!(width > 0 && height > 0)) return 0;
  const intersection = width * height;
  const union = (a.x2 - a.x1) * (a.y2 - a.y1) + (b.x2 - b.x1) * (b.y2 - b.y1) - intersection;
  return intersection / union;
}
