/**
 * Where the names go. A name sits at its box, and names do not lie on each other: the best score chooses first, and
 * tries the places around its box in order. When there are more boxes than people can read, those that find no place
 * stay unnamed until they are pointed at. Knows rectangles only, and serves the screen and the saved picture alike.
 */
import type { Rectangle, Size } from './box-geometry.ts';

export interface LabelRequest {
  readonly index: number;
  /** Where the box is drawn. */
  readonly box: Rectangle;
  /** Of the plate with the name on it. */
  readonly size: Size;
}

export interface PlacedLabel extends Rectangle {
  readonly index: number;
}

export interface LabelLimits {
  /** So many are named in any case, on each other if need be. */
  readonly always: number;
  readonly most: number;
}

/** So many that found no place in a row: the room is full, and every further one would only cost time. */
const REFUSED_IN_A_ROW_MAX = 80;

/**
 * @param requests who chooses first is first; no more of them are asked for than are needed
 * @param room what is seen; boxes outside of it get no name
 */
export function placeLabels(
  requests: Iterable<LabelRequest>,
  room: Size,
  { always, most }: LabelLimits,
): readonly PlacedLabel[] {
  const placed: PlacedLabel[] = [];
  let refused = 0;
  for (const { index, box, size } of requests) {
    if (placed.length >= most || refused > REFUSED_IN_A_ROW_MAX) break;
    const seen = seenPart(box, room);
    if (seen === undefined) continue;
    const places = placesAround(seen, size, room);
    const free = places.find((place) => !placed.some((other) => overlap(place, other) > 0));
    const chosen = free ?? (placed.length < always ? leastCovering(places, placed) : undefined);
    refused = chosen === undefined ? refused + 1 : 0;
    if (chosen !== undefined) placed.push({ ...chosen, index });
  }
  return placed;
}

/** In the order of preference: on top of the box, under it, then inside of it, then beside it; all inside the room. */
function placesAround(box: Rectangle, { width, height }: Size, room: Size): readonly Rectangle[] {
  const right = box.x + box.width;
  const bottom = box.y + box.height;
  const above = box.y - height;
  const corners: readonly (readonly [number, number])[] = [
    [box.x, above],
    [right - width, above],
    [box.x, bottom],
    [right - width, bottom],
    [box.x, box.y],
    [right - width, box.y],
    [box.x, bottom - height],
    [right - width, bottom - height],
    [right, box.y],
    [box.x - width, box.y],
  ];
  const fits = corners.filter(([, y]) => y >= 0 && y + height <= room.height);
  // A name may move along its box to stay in the room, but not away from it.
  return (fits.length > 0 ? fits : corners).map(([x, y]) => ({
    x: between(x, 0, room.width - width),
    y: between(y, 0, room.height - height),
    width,
    height,
  }));
}

function leastCovering(places: readonly Rectangle[], placed: readonly Rectangle[]): Rectangle | undefined {
  let best: Rectangle | undefined;
  let least = Infinity;
  for (const place of places) {
    const covered = placed.reduce((sum, other) => sum + overlap(place, other), 0);
    if (covered < least) [best, least] = [place, covered];
  }
  return best;
}

function seenPart(box: Rectangle, room: Size): Rectangle | undefined {
  const [left, right] = [Math.max(0, box.x), Math.min(room.width, box.x + box.width)];
  const [top, bottom] = [Math.max(0, box.y), Math.min(room.height, box.y + box.height)];
  return left <= right && top <= bottom
    ? { x: left, y: top, width: right - left, height: bottom - top }
    : undefined;
}

/** The area that two rectangles share. */
function overlap(one: Rectangle, other: Rectangle): number {
  const width = Math.min(one.x + one.width, other.x + other.width) - Math.max(one.x, other.x);
  const height = Math.min(one.y + one.height, other.y + other.height) - Math.max(one.y, other.y);
  return width > 0 && height > 0 ? width * height : 0;
}

function between(value: number, from: number, to: number): number {
  return Math.max(from, Math.min(value, to));
}
