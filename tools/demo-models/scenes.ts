// Composes the synthetic scenes that the demo models were trained and measured on: circles, squares and triangles
// of one flat colour on a smooth ground of several colours, with the boxes that are true of them.
// A scene depends on its seed and index alone. Files, encodings and network sizes are not known here.
import { groundColour, paintGround, paintShape } from './rasterise.ts';
import type { BoxXyxy, Ground, Raster, Rgb, ShapeKind } from './rasterise.ts';
import { SeededRandom } from './random.ts';

/** In class order: the place in this list is the class id of both demo models. */
export const SHAPES = ['circle', 'square', 'triangle'] as const satisfies readonly ShapeKind[];

export interface SceneObject {
  /** Index into `SHAPES`. */
  readonly classId: number;
  readonly boxXyxy: BoxXyxy;
  readonly colour: Rgb;
}

export interface Scene extends Raster {
  /** In painting order: a later shape may hide a little of an earlier one. */
  readonly objects: readonly SceneObject[];
}

export interface SceneSize {
  readonly width: number;
  readonly height: number;
}

const SIZES: readonly SceneSize[] = [
  { width: 320, height: 256 },
  { width: 320, height: 320 },
  { width: 640, height: 480 },
  { width: 640, height: 512 },
  { width: 480, height: 640 },
  { width: 800, height: 600 },
  { width: 1280, height: 960 },
];

const OBJECTS_MAX = 6;
/** A shape's side, as a share of the picture's shorter side. */
const SIDE_MIN = 0.13;
const SIDE_MAX = 0.42;
/** How much of the smaller of two boxes the other may cover. */
const OVERLAP_MAX = 0.08;
/** Least distance in RGB between a shape and whatever ground lies around it. */
const CONTRAST_MIN = 70;
const TRIES = 60;

const coveredShare = (a: BoxXyxy, b: BoxXyxy): number => {
  const width = Math.min(a[2], b[2]) - Math.max(a[0], b[0]);
  const height = Math.min(a[3], b[3]) - Math.max(a[1], b[1]);
  if (width <= 0 || height <= 0) return 0;
  const smaller = Math.min(a[2] - a[0], b[2] - b[0]);
  return (width * height) / (smaller * smaller);
};

const randomColour = (random: SeededRandom): Rgb => [
  random.integer(0, 255),
  random.integer(0, 255),
  random.integer(0, 255),
];

const randomGround = (random: SeededRandom): Ground => {
  const columns = random.integer(2, 4);
  const rows = random.integer(2, 3);
  const colours = Array.from({ length: columns * rows }, () => randomColour(random));
  return { columns, rows, colours, noise: random.between(2, 10) };
};

const randomBox = (random: SeededRandom, size: SceneSize): BoxXyxy => {
  const shorter = Math.min(size.width, size.height);
  const side = random.integer(Math.round(shorter * SIDE_MIN), Math.round(shorter * SIDE_MAX));
  const x1 = random.integer(0, size.width - side);
  const y1 = random.integer(0, size.height - side);
  return [x1, y1, x1 + side, y1 + side];
};

/** True when the colour stands out from the ground at nine places of the box, corners and middle included. */
const standsOut = (colour: Rgb, box: BoxXyxy, ground: Ground, size: SceneSize): boolean =>
  [0, 0.5, 1].every((down) =>
    [0, 0.5, 1].every((across) => {
      const [x1, y1, x2, y2] = box;
      const x = (x1 + across * (x2 - x1)) / size.width;
      const y = (y1 + down * (y2 - y1)) / size.height;
      const [red, green, blue] = groundColour(ground, x, y);
      const [dr, dg, db] = [colour[0] - red, colour[1] - green, colour[2] - blue];
      return dr * dr + dg * dg + db * db >= CONTRAST_MIN * CONTRAST_MIN;
    }),
  );

/** Places up to `OBJECTS_MAX` shapes, at least one; a shape that finds no room or no colour is left out. */
const placeObjects = (random: SeededRandom, ground: Ground, size: SceneSize): readonly SceneObject[] => {
  const wanted = random.integer(1, OBJECTS_MAX);
  const objects: SceneObject[] = [];
  for (let tries = 0; objects.length < wanted && (tries < TRIES || objects.length === 0); tries += 1) {
    const candidate: SceneObject = {
      classId: random.integer(0, SHAPES.length - 1),
      boxXyxy: randomBox(random, size),
      colour: randomColour(random),
    };
    const free = objects.every((other) => coveredShare(other.boxXyxy, candidate.boxXyxy) <= OVERLAP_MAX);
    if (free && standsOut(candidate.colour, candidate.boxXyxy, ground, size)) objects.push(candidate);
  }
  return objects;
};

/** The scene `index` of the series `seed`; the series also chooses the size unless one is given. */
export const drawScene = (seed: number, index: number, size?: SceneSize): Scene => {
  const random = new SeededRandom(seed, index);
  const drawn = random.pick(SIZES);
  const { width, height } = size ?? drawn;
  const raster: Raster = { width, height, rgb: new Uint8Array(width * height * 3) };
  const ground = randomGround(random);
  const objects = placeObjects(random, ground, raster);
  paintGround(raster, ground, random);
  for (const { classId, boxXyxy, colour } of objects) {
    paintShape(raster, SHAPES[classId] as ShapeKind, boxXyxy, colour);
  }
  return { ...raster, objects };
};
