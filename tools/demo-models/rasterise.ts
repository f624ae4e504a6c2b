// Paints into interleaved RGB bytes: a smooth ground of a few colours with noise, and flat shapes upon it.
// It refuses to decide anything: where a shape goes and what colour it has comes from `scenes.ts`.
import type { SeededRandom } from './random.ts';

export type Rgb = readonly [number, number, number];
/** Left, top, right, bottom in pixels; right and bottom are the first column and row outside. */
export type BoxXyxy = readonly [x1: number, y1: number, x2: number, y2: number];
export type ShapeKind = 'circle' | 'square' | 'triangle';

export interface Raster {
  readonly width: number;
  readonly height: number;
  /** Length width × height × 3, rows from the top. */
  readonly rgb: Uint8Array<ArrayBuffer>;
}

export interface Ground {
  /** A coarse grid of colours, row by row, at least 2 × 2. */
  readonly colours: readonly Rgb[];
  readonly columns: number;
  readonly rows: number;
  /** Standard deviation of the noise on each channel, in 0–255. */
  readonly noise: number;
}

/** Flat at both ends, so that the cells of the grid meet without an edge (the cubic Hermite step). */
const smoothStep = (t: number): number => t * t * (3 - 2 * t);

/** Where a place in [0, 1] falls in a grid of `count` colours: the cell before it and the share of the next. */
const gridPlace = (position: number, count: number): { readonly cell: number; readonly share: number } => {
  const along = Math.min(Math.max(position, 0), 1) * (count - 1);
  const cell = Math.min(Math.floor(along), count - 2);
  return { cell, share: smoothStep(along - cell) };
};

/** The ground's colour without noise; `x` and `y` in [0, 1] of the picture. */
export const groundColour = (ground: Ground, x: number, y: number): Rgb => {
  const column = gridPlace(x, ground.columns);
  const row = gridPlace(y, ground.rows);
  const at = (dx: number, dy: number): Rgb =>
    ground.colours[(row.cell + dy) * ground.columns + column.cell + dx] as Rgb;
  const [topLeft, topRight, bottomLeft, bottomRight] = [at(0, 0), at(1, 0), at(0, 1), at(1, 1)];
  const mix = (channel: 0 | 1 | 2): number => {
    const top = topLeft[channel] * (1 - column.share) + topRight[channel] * column.share;
    const bottom = bottomLeft[channel] * (1 - column.share) + bottomRight[channel] * column.share;
    return top * (1 - row.share) + bottom * row.share;
  };
  return [mix(0), mix(1), mix(2)];
};

/** Fills the whole raster with the ground and its noise. */
export const paintGround = (raster: Raster, ground: Ground, random: SeededRandom): void => {
  const { width, height, rgb } = raster;
  const places = Array.from({ length: width }, (_, x) => gridPlace((x + 0.5) / width, ground.columns));
  let at = 0;
  for (let y = 0; y < height; y += 1) {
    // Mixed down to one row of the grid first: a picture has a million pixels and a grid row has four colours.
    const row = Float64Array.from(
      Array.from({ length: ground.columns }, (_, column) =>
        groundColour(ground, column / (ground.columns - 1), (y + 0.5) / height),
      ).flat(),
    );
    for (const { cell, share } of places) {
      for (let channel = cell * 3; channel < cell * 3 + 3; channel += 1) {
        const colour = (row[channel] as number) * (1 - share) + (row[channel + 3] as number) * share;
        rgb[at] = Math.min(Math.max(Math.round(colour + ground.noise * random.bell()), 0), 255);
        at += 1;
      }
    }
  }
};

/** Half the shape's width in the row `y`, both in pixels, `y` counted from the shape's top. */
const HALF_WIDTH: Readonly<Record<ShapeKind, (side: number, y: number) => number>> = {
  // The chord at height h of a circle of diameter d is 2√(h(d - h)).
  circle: (side, y) => Math.sqrt((y + 0.5) * (side - y - 0.5)),
  square: (side) => side / 2,
  triangle: (_side, y) => (y + 1) / 2,
};

/**
 * Paints one flat shape that touches all four sides of `box`, a square within the raster with whole-pixel sides.
 * A pixel is painted when its centre is inside: the edges are hard, so the truth is exact.
 */
export const paintShape = (raster: Raster, kind: ShapeKind, box: BoxXyxy, colour: Rgb): void => {
  const [x1, y1, x2, y2] = box;
  const centre = (x1 + x2) / 2;
  for (let y = y1; y < y2; y += 1) {
    const half = HALF_WIDTH[kind](x2 - x1, y - y1);
    for (let x = x1; x < x2; x += 1) {
      if (Math.abs(x + 0.5 - centre) <= half) raster.rgb.set(colour, (y * raster.width + x) * 3);
    }
  }
};
