/**
 * The boxes: one `rect` a detection, with names and scores for as many as can be read. Legible on any background, since
 * every light line has a dark one under it and every name a plate. Other shapes than boxes are paths, so that rects can
 * be counted. Boxes are drawn in pixels of the picture and moved as a whole; lines and letters keep their size.
 */
import { useMemo, useRef } from 'preact/hooks';
import type { Detection } from '../api/wire.ts';
import { boxRectangle, outline, type Rectangle, type Size } from './box-geometry.ts';
import { labelColor } from './label-color.ts';
import { labelWords } from './label-words.ts';
import { measureText } from './measure-text.ts';
import { placeLabels, type LabelRequest, type PlacedLabel } from './place-labels.ts';
import { useMark } from './use-mark.ts';
import { useSettled } from './use-settled.ts';

const LABEL_HEIGHT = 19;
const LABEL_PADDING = 5;
const LABEL_FONT = '600 12px system-ui, sans-serif';
/** So few boxes are named even where the names cover each other. */
const ALWAYS_NAMED_MAX = 30;
const NAMED_MAX = 80;
/** More are moved as one image while the picture moves, and drawn sharp when it rests. */
const DRAWN_AT_EVERY_STEP_MAX = 250;

interface BoxOverlayProps {
  /** In the pixels that the boxes are in. */
  readonly picture: Size;
  /** Where the picture is drawn, in CSS pixels of the room. */
  readonly drawn: Rectangle;
  readonly room: Size;
  readonly detections: readonly Detection[];
  readonly activeIndex: number | undefined;
}

export function BoxOverlay({ picture, drawn: wanted, room, detections, activeIndex }: BoxOverlayProps) {
  const group = useRef<SVGGElement>(null);
  const drawn = useSettled(wanted, detections.length <= DRAWN_AT_EVERY_STEP_MAX, isSamePlace);
  const rectangles = useMemo(
    () => detections.map(({ box }) => boxRectangle(box, picture)),
    [detections, picture.width, picture.height],
  );
  const boxes = useMemo(
    () =>
      rectangles.map((rectangle, index) => (
        <g key={index}>
          <rect class="box" {...rectangle} stroke={labelColor(detections[index]!.label)} />
        </g>
      )),
    [rectangles],
  );
  const halo = useMemo(() => <path class="box-halo" d={rectangles.map(outline).join('')} />, [rectangles]);
  useMark(group, activeIndex, 'box-active', boxes);

  const [scaleX, scaleY] = [drawn.width / picture.width || 0, drawn.height / picture.height || 0];
  const request = ({ x, y, width, height }: Rectangle, index: number): LabelRequest => ({
    index,
    box: {
      x: drawn.x + x * scaleX,
      y: drawn.y + y * scaleY,
      width: width * scaleX,
      height: height * scaleY,
    },
    size: {
      width: Math.ceil(measureText(labelWords(detections[index]!), LABEL_FONT)) + 2 * LABEL_PADDING,
      height: LABEL_HEIGHT,
    },
  });
  function* requests(): Iterable<LabelRequest> {
    for (const [index, rectangle] of rectangles.entries()) yield request(rectangle, index);
  }
  const always = detections.length <= ALWAYS_NAMED_MAX ? ALWAYS_NAMED_MAX : 1;
  const labels = useMemo(
    () => placeLabels(requests(), room, { always, most: NAMED_MAX }),
    [rectangles, drawn.x, drawn.y, drawn.width, drawn.height, room.width, room.height],
  );

  const active = activeIndex === undefined ? undefined : detections[activeIndex];
  const activeRectangle = activeIndex === undefined ? undefined : rectangles[activeIndex];
  const activeLabel =
    activeRectangle &&
    (labels.find(({ index }) => index === activeIndex) ??
      placeLabels([request(activeRectangle, activeIndex!)], room, { always: 1, most: 1 })[0]);
  const transform = `translate(${drawn.x} ${drawn.y}) scale(${scaleX} ${scaleY})`;
  const words = detections.length === 1 ? '1 box' : `${detections.length} boxes`;

  return (
    <div class="boxes-moved" style={{ transform: movement(drawn, wanted) }}>
      <svg
        class={active === undefined ? 'boxes' : 'boxes boxes-dimmed'}
        role="img"
        aria-label={`${words} drawn over the picture`}
      >
        <g transform={transform}>
          {halo}
          <g ref={group}>{boxes}</g>
        </g>
        {labels.map((label) =>
          label === activeLabel ? null : (
            <Label key={label.index} place={label} detection={detections[label.index]!} />
          ),
        )}
      </svg>
      {active !== undefined && activeRectangle !== undefined && (
        <svg class="boxes boxes-highlight" aria-hidden="true">
          <g transform={transform}>
            <path class="box-halo" d={outline(activeRectangle)} />
            <path
              class="box"
              d={outline(activeRectangle)}
              stroke={labelColor(active.label)}
              fill={labelColor(active.label)}
            />
          </g>
          {activeLabel && <Label place={activeLabel} detection={active} />}
        </svg>
      )}
    </div>
  );
}

function Label({ place, detection }: { readonly place: PlacedLabel; readonly detection: Detection }) {
  return (
    <>
      <path class="box-plate" d={outline(place)} fill={labelColor(detection.label)} />
      <text x={place.x + LABEL_PADDING} y={place.y + LABEL_HEIGHT - 5.5}>
        {labelWords(detection)}
      </text>
    </>
  );
}

function isSamePlace(one: Rectangle, other: Rectangle): boolean {
  return one.x === other.x && one.y === other.y && one.width === other.width && one.height === other.height;
}

/** What brings a drawing at one place to another. */
function movement(from: Rectangle, to: Rectangle): string {
  if (isSamePlace(from, to) || from.width === 0) return 'none';
  const scale = to.width / from.width;
  return `translate(${to.x - from.x * scale}px, ${to.y - from.y * scale}px) scale(${scale})`;
}
