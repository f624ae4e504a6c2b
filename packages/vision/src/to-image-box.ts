/**
 * The one way from the network's pixels to those of the picture that the client sent. Everything that leaves a
 * worker has passed here, so a box cannot be scaled twice or not at all.
 */
import type { ImageBox, ModelBox } from './boxes.ts';
import type { Geometry } from './image.ts';

/**
 * Undoes padding, then scale, then clips to the picture. A box that lay in the padding only comes out without area.
 * The scale is that of the pixels that were really made (`resized*`), which differs a little in x and y; YOLOv5's
 * `scale_boxes` takes the unrounded one, and is off by up to half a network pixel for it.
 */
export function toImageBox(box: ModelBox, geometry: Geometry): ImageBox {
  const { imageWidth, imageHeight, padLeft, padTop } = geometry;
  const scaleX = imageWidth / geometry.resizedWidth;
  const scaleY = imageHeight / geometry.resizedHeight;
  return {
    x1: clip((box.x1 - padLeft) * scaleX, imageWidth),
    y1: clip((box.y1 - padTop) * scaleY, imageHeight),
    x2: clip((box.x2 - padLeft) * scaleX, imageWidth),
    y2: clip((box.y2 - padTop) * scaleY, imageHeight),
  };
}

/** True for a box that covers something; false also where a coordinate is not a number. */
export function hasArea(box: ImageBox | ModelBox): boolean {
  return box.x2 > box.x1 && box.y2 > box.y1;
}

function clip(value: number, max: number): number {
  return Math.min(Math.max(value, 0), max);
}
