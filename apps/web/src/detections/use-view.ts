/**
 * Zooming and moving by wheel, pinch, drag and keys. It turns events into steps of `view.ts` and does no geometry of its
 * own. While the whole picture is seen the page scrolls as ever: a wheel that cannot zoom out, a finger, and the arrow
 * keys are left to it.
 */
import type { RefObject } from 'preact';
import { useRef, useState } from 'preact/hooks';
import type { Rectangle, Size } from './box-geometry.ts';
import { useDrawnSize } from './use-drawn-size.ts';
import { closeUp, fitView, isFit, keptInside, panBy, reveal, zoomAt, type Point, type View } from './view.ts';

/** Of a press on a button or a key. */
const ZOOM_STEP = 1.5;
const ARROW_STEP = 60;
/** Less is a hand that trembles, and a click. */
const DRAG_FROM = 4;

export interface ViewControl {
  readonly view: View;
  readonly room: Size;
  readonly whole: boolean;
  readonly dragging: boolean;
  readonly zoomIn: () => void;
  readonly zoomOut: () => void;
  readonly showWhole: () => void;
  /** @param rectangle in pixels of the picture */
  readonly revealRectangle: (rectangle: Rectangle) => void;
  /** The second time in a row it goes back to the whole picture. */
  readonly showCloseUp: (rectangle: Rectangle) => void;
  readonly listeners: Listeners;
}

interface Listeners {
  readonly onWheel: (event: WheelEvent) => void;
  readonly onKeyDown: (event: KeyboardEvent) => void;
  readonly onDblClick: (event: MouseEvent) => void;
  readonly onTouchMove: (event: TouchEvent) => void;
  readonly onPointerDown: (event: PointerEvent) => void;
  readonly onPointerMove: (event: PointerEvent) => void;
  readonly onPointerUp: (event: PointerEvent) => void;
  readonly onPointerCancel: (event: PointerEvent) => void;
  readonly onPointerLeave: () => void;
}

/**
 * @param element the room
 * @param onPoint where the pointer means something, in CSS pixels of the room; undefined when it left or drags
 */
export function useView(
  element: RefObject<HTMLElement | null>,
  picture: Size,
  onPoint: (at: Point | undefined) => void,
): ViewControl {
  const room = useDrawnSize(element);
  // Undefined while the whole picture is seen, so that it stays whole when the room changes.
  const [chosen, setChosen] = useState<View | undefined>(undefined);
  const [dragging, setDragging] = useState(false);
  const pointers = useRef(new Map<number, Point>());
  const travelled = useRef(0);

  const seen = (from: View | undefined): View =>
    from === undefined || isFit(from, picture, room)
      ? fitView(picture, room)
      : keptInside(from, picture, room);
  const view = seen(chosen);
  const whole = isFit(view, picture, room);

  const step = (change: (from: View) => View): void => {
    // Before it is there, there is nothing to move.
    if (picture.width === 0) return;
    setChosen((from) => {
      const to = change(seen(from));
      return isFit(to, picture, room) ? undefined : to;
    });
  };
  const zoom = (factor: number, at: Point): void => step((from) => zoomAt(from, factor, at, picture, room));
  const zoomMiddle = (factor: number): void => zoom(factor, { x: room.width / 2, y: room.height / 2 });
  const pan = (dx: number, dy: number): void => step((from) => panBy(from, dx, dy, picture, room));
  const showWhole = (): void => setChosen(undefined);

  const at = ({ clientX, clientY }: MouseEvent): Point => {
    const { left, top } = element.current?.getBoundingClientRect() ?? { left: 0, top: 0 };
    return { x: clientX - left, y: clientY - top };
  };

  const onKeyDown = (event: KeyboardEvent): void => {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    const action = keyAction(event.key);
    if (action === undefined || (whole && action.kind === 'pan')) return;
    event.preventDefault();
    if (action.kind === 'zoom') zoomMiddle(action.factor);
    else if (action.kind === 'whole') showWhole();
    else pan(action.dx, action.dy);
  };

  const onPointerMove = (event: PointerEvent): void => {
    const before = pointers.current.get(event.pointerId);
    const now = at(event);
    if (before === undefined) {
      onPoint(now);
      return;
    }
    const other = [...pointers.current].find(([id]) => id !== event.pointerId)?.[1];
    pointers.current.set(event.pointerId, now);
    travelled.current += distance(before, now);
    if (travelled.current < DRAG_FROM) return;
    if (other !== undefined) {
      const [from, to] = [middle(before, other), middle(now, other)];
      zoom(distance(now, other) / Math.max(1, distance(before, other)), from);
      pan(to.x - from.x, to.y - from.y);
    } else if (!whole) pan(now.x - before.x, now.y - before.y);
    else return;
    onPoint(undefined);
    setDragging(true);
  };

  const end = (event: PointerEvent): void => {
    pointers.current.delete(event.pointerId);
    if (pointers.current.size === 0) setDragging(false);
  };

  return {
    view,
    room,
    whole,
    dragging,
    zoomIn: () => zoomMiddle(ZOOM_STEP),
    zoomOut: () => zoomMiddle(1 / ZOOM_STEP),
    showWhole,
    revealRectangle: (rectangle) => {
      if (!whole) step((from) => reveal(from, rectangle, picture, room));
    },
    showCloseUp: (rectangle) =>
      step((from) => {
        const near = closeUp(rectangle, picture, room);
        return isSameView(from, near) ? fitView(picture, room) : near;
      }),
    listeners: {
      onWheel: (event) => {
        if (whole && event.deltaY >= 0) return;
        event.preventDefault();
        zoom(wheelFactor(event), at(event));
      },
      onKeyDown,
      onDblClick: (event) => (whole ? zoom(ZOOM_STEP * ZOOM_STEP, at(event)) : showWhole()),
      // Two fingers are a pinch, whatever the page would do with them.
      onTouchMove: (event) => {
        if (event.touches.length > 1 && event.cancelable) event.preventDefault();
      },
      onPointerDown: (event) => {
        if (event.button !== 0) return;
        if (pointers.current.size === 0) travelled.current = 0;
        pointers.current.set(event.pointerId, at(event));
        // A drag goes on outside of the picture.
        element.current?.setPointerCapture(event.pointerId);
      },
      onPointerMove,
      onPointerUp: (event) => {
        const tapped = pointers.current.size === 1 && travelled.current < DRAG_FROM;
        end(event);
        if (tapped) onPoint(at(event));
      },
      onPointerCancel: end,
      onPointerLeave: () => {
        if (pointers.current.size === 0) onPoint(undefined);
      },
    },
  };
}

type KeyAction =
  | { readonly kind: 'zoom'; readonly factor: number }
  | { readonly kind: 'pan'; readonly dx: number; readonly dy: number }
  | { readonly kind: 'whole' };

const KEY_ACTIONS: Readonly<Record<string, KeyAction>> = {
  '+': { kind: 'zoom', factor: ZOOM_STEP },
  '=': { kind: 'zoom', factor: ZOOM_STEP },
  '-': { kind: 'zoom', factor: 1 / ZOOM_STEP },
  _: { kind: 'zoom', factor: 1 / ZOOM_STEP },
  '0': { kind: 'whole' },
  Escape: { kind: 'whole' },
  ArrowLeft: { kind: 'pan', dx: ARROW_STEP, dy: 0 },
  ArrowRight: { kind: 'pan', dx: -ARROW_STEP, dy: 0 },
  ArrowUp: { kind: 'pan', dx: 0, dy: ARROW_STEP },
  ArrowDown: { kind: 'pan', dx: 0, dy: -ARROW_STEP },
};

function keyAction(key: string): KeyAction | undefined {
  return Object.hasOwn(KEY_ACTIONS, key) ? KEY_ACTIONS[key] : undefined;
}

/** A notch of a wheel and a pinch on a touchpad report very different numbers for one intention. */
function wheelFactor({ deltaY, deltaMode, ctrlKey }: WheelEvent): number {
  const lines = deltaMode === WheelEvent.DOM_DELTA_PIXEL ? 1 : 30;
  return Math.exp(-deltaY * lines * (ctrlKey ? 0.01 : 0.002));
}

function isSameView(one: View, other: View): boolean {
  return one.scale === other.scale && one.x === other.x && one.y === other.y;
}

function distance(one: Point, other: Point): number {
  return Math.hypot(one.x - other.x, one.y - other.y);
}

function middle(one: Point, other: Point): Point {
  return { x: (one.x + other.x) / 2, y: (one.y + other.y) / 2 };
}
