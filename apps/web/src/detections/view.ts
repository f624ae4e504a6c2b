/**
 * Which part of the picture is seen, and how large: a scale and an offset, and what zooming and moving do to them. Pure
 * arithmetic in CSS pixels of the room that the picture is shown in; nothing here knows a pointer or a key.
 */
import type { Rectangle, Size } from './box-geometry.ts';

export interface View {
  /** CSS pixels a pixel of the picture. */
  readonly scale: number;
  /** Where the picture's upper left corner is drawn. */
  readonly x: number;
  readonly y: number;
}

/** Small pictures grow to this at most by themselves: beyond it there is nothing more to see. */
const FIT_SCALE_MAX = 4;
/** One pixel of the picture as large as a fingertip. */
const ZOOM_SCALE_MAX = 40;
/** Of the box's own size. */
const CLOSE_UP_ROOM = 2;
/** Closer than this a small box is only a few blurred pixels. */
const CLOSE_UP_SCALE_MAX = 8;
/** Of what is revealed, to the edges of the room. */
const REVEAL_MARGIN = 24;

/** The whole picture in the middle of the room. */
export function fitView(picture: Size, room: Size): View {
  const scale = fitScale(picture, room);
  return centered({ scale, x: 0, y: 0 }, picture, room);
}

export function isFit(view: View, picture: Size, room: Size): boolean {
  return view.scale <= fitScale(picture, room) * 1.0001;
}

/**
 * Zooms by a factor, and what is drawn at `at` stays there as far as the picture's edges allow.
 * @param factor above 1 to see more of the detail
 */
export function zoomAt(view: View, factor: number, at: Point, picture: Size, room: Size): View {
  const least = fitScale(picture, room);
  const scale = Math.min(Math.max(view.scale * factor, least), Math.max(ZOOM_SCALE_MAX, least));
  const by = scale / view.scale;
  return keptInside({ scale, x: at.x - (at.x - view.x) * by, y: at.y - (at.y - view.y) * by }, picture, room);
}

export interface Point {
  readonly x: number;
  readonly y: number;
}

export function panBy(view: View, dx: number, dy: number, picture: Size, room: Size): View {
  return keptInside({ ...view, x: view.x + dx, y: view.y + dy }, picture, room);
}

/** Moves no further than needed until the rectangle, in pixels of the picture, is seen; its middle if it is too large. */
export function reveal(view: View, rectangle: Rectangle, picture: Size, room: Size): View {
  const along = (offset: number, start: number, length: number, space: number): number => {
    const from = offset + start * view.scale;
    const to = from + length * view.scale;
    if (to - from > space - 2 * REVEAL_MARGIN) return offset + space / 2 - (from + to) / 2;
    return offset + Math.max(0, REVEAL_MARGIN - from) + Math.min(0, space - REVEAL_MARGIN - to);
  };
  const x = along(view.x, rectangle.x, rectangle.width, room.width);
  const y = along(view.y, rectangle.y, rectangle.height, room.height);
  return keptInside({ ...view, x, y }, picture, room);
}

/** The rectangle, in pixels of the picture, in the middle, with as much around it as it is large itself. */
export function closeUp(rectangle: Rectangle, picture: Size, room: Size): View {
  const around = Math.min(
    room.width / (rectangle.width * CLOSE_UP_ROOM),
    room.height / (rectangle.height * CLOSE_UP_ROOM),
    CLOSE_UP_SCALE_MAX,
  );
  const scale = Math.max(around, fitScale(picture, room));
  const x = room.width / 2 - (rectangle.x + rectangle.width / 2) * scale;
  const y = room.height / 2 - (rectangle.y + rectangle.height / 2) * scale;
  return keptInside({ scale, x, y }, picture, room);
}

/** No empty room beside a picture that is larger than the room; a smaller one stays in the middle. */
export function keptInside(view: View, picture: Size, room: Size): View {
  const middle = centered(view, picture, room);
  return {
    scale: view.scale,
    x: inside(view.x, picture.width * view.scale, room.width, middle.x),
    y: inside(view.y, picture.height * view.scale, room.height, middle.y),
  };
}

function inside(offset: number, drawn: number, space: number, centre: number): number {
  return drawn <= space ? centre : Math.min(0, Math.max(space - drawn, offset));
}

function fitScale(picture: Size, room: Size): number {
  const scale = Math.min(room.width / picture.width, room.height / picture.height, FIT_SCALE_MAX);
  return Number.isFinite(scale) && scale > 0 ? scale : 1;
}

function centered(view: View, picture: Size, room: Size): View {
  return {
    scale: view.scale,
    x: (room.width - picture.width * view.scale) / 2,
    y: (room.height - picture.height * view.scale) / 2,
  };
}
