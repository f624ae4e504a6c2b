/** Axis-aligned boxes. Which space a box lives in is part of its type, so that the two are never mixed up. */

interface Xyxy {
  readonly x1: number;
  readonly y1: number;
  readonly x2: number;
  readonly y2: number;
}

declare const space: unique symbol;

/** Corners in pixels of the network's input, padding included. */
export type ModelBox = Xyxy & { readonly [space]?: 'model' };

/** Corners in pixels of the upright picture that the client sent. */
export type ImageBox = Xyxy & { readonly [space]?: 'image' };
