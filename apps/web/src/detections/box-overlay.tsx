/**
 * The boxes: one `rect` a detection, with its name and score. Legible on any background, since every light line has a
 * dark one under it and every name a plate. Other shapes than boxes are paths, so that rects can be counted.
 */
import { useRef } from 'preact/hooks';
import type { Detection } from '../api/wire.ts';
import { drawOrder, placeLabel, scaleBox, type Rectangle, type Size } from './box-geometry.ts';
import { labelColor } from './label-color.ts';
import { measureText } from './measure-text.ts';
import { useDrawnSize } from './use-drawn-size.ts';

const LABEL_HEIGHT = 19;
const LABEL_PADDING = 5;
const LABEL_FONT = '600 12px system-ui, sans-serif';

interface BoxOverlayProps {
  readonly picture: Size;
  readonly detections: readonly Detection[];
  readonly activeIndex: number | undefined;
  readonly onActive: (index: number | undefined) => void;
}

export function BoxOverlay({ picture, detections, activeIndex, onActive }: BoxOverlayProps) {
  const svg = useRef<SVGSVGElement>(null);
  const drawn = useDrawnSize(svg);
  const words = detections.length === 1 ? '1 box' : `${detections.length} boxes`;
  // What is active is drawn last, over everything else.
  const order = drawOrder(detections).filter((index) => index !== activeIndex);
  if (activeIndex !== undefined && activeIndex < detections.length) order.push(activeIndex);

  return (
    <svg
      ref={svg}
      class={activeIndex === undefined ? 'boxes' : 'boxes boxes-some-active'}
      role="img"
      aria-label={`${words} drawn over the picture`}
      onPointerLeave={() => onActive(undefined)}
    >
      {order.map((index) => (
        <Box
          key={index}
          detection={detections[index]!}
          rectangle={scaleBox(detections[index]!.box, picture, drawn)}
          drawn={drawn}
          active={index === activeIndex}
          onEnter={() => onActive(index)}
        />
      ))}
    </svg>
  );
}

interface BoxProps {
  readonly detection: Detection;
  readonly rectangle: Rectangle;
  readonly drawn: Size;
  readonly active: boolean;
  readonly onEnter: () => void;
}

function Box({ detection, rectangle, drawn, active, onEnter }: BoxProps) {
  const color = labelColor(detection.label);
  const words = `${detection.label} ${detection.score.toFixed(2)}`;
  const width = measureText(words, LABEL_FONT) + 2 * LABEL_PADDING;
  const plate = placeLabel(rectangle, { width, height: LABEL_HEIGHT }, drawn);
  return (
    <g class={active ? 'box box-active' : 'box'} onPointerEnter={onEnter}>
      <path class="box-halo" d={outline(rectangle)} />
      <rect {...rectangle} rx="1.5" stroke={color} />
      <path class="box-plate" d={outline(plate)} fill={color} />
      <text x={plate.x + LABEL_PADDING} y={plate.y + LABEL_HEIGHT - 5.5}>
        {words}
      </text>
    </g>
  );
}

function outline({ x, y, width, height }: Rectangle): string {
  return `M${x} ${y}h${width}v${height}h${-width}z`;
}
