/**
 * One item a detection. The list is one stop for the Tab key, and the arrow keys move inside it; what has the focus or
 * the pointer is what the picture shows brightest.
 */
import { useState } from 'preact/hooks';
import type { BoxXyxy, Detection } from '../api/wire.ts';
import { labelColor } from './label-color.ts';

interface ResultListProps {
  readonly detections: readonly Detection[];
  readonly activeIndex: number | undefined;
  readonly onActive: (index: number | undefined) => void;
}

export function ResultList({ detections, activeIndex, onActive }: ResultListProps) {
  const [tabStop, setTabStop] = useState(0);
  const last = detections.length - 1;

  const onKeyDown = (event: KeyboardEvent): void => {
    const to = indexAfterKey(event.key, Math.min(tabStop, last), last);
    if (to === undefined || !(event.currentTarget instanceof Element)) return;
    event.preventDefault();
    event.currentTarget.querySelectorAll<HTMLButtonElement>('button')[to]?.focus();
  };

  return (
    // The role is said aloud: WebKit drops it from lists without bullets.
    <ul
      class="result-list"
      role="list"
      aria-label="Results"
      onKeyDown={onKeyDown}
      onPointerLeave={() => onActive(undefined)}
    >
      {detections.map((detection, index) => (
        <li key={index}>
          <button
            type="button"
            class={index === activeIndex ? 'result result-active' : 'result'}
            tabIndex={index === Math.min(tabStop, last) ? 0 : -1}
            onPointerEnter={() => onActive(index)}
            onFocus={() => {
              setTabStop(index);
              onActive(index);
            }}
            onBlur={() => onActive(undefined)}
          >
            <span class="swatch" style={{ background: labelColor(detection.label) }} />
            <span class="result-name">{detection.label}</span>
            <span class="result-score">{detection.score.toFixed(2)}</span>
            <span class="result-box">{boxWords(detection.box)}</span>
          </button>
        </li>
      ))}
    </ul>
  );
}

function indexAfterKey(key: string, from: number, last: number): number | undefined {
  switch (key) {
    case 'ArrowDown':
      return Math.min(from + 1, last);
    case 'ArrowUp':
      return Math.max(from - 1, 0);
    case 'Home':
      return 0;
    case 'End':
      return last;
    default:
      return undefined;
  }
}

function boxWords({ x1, y1, x2, y2 }: BoxXyxy): string {
  return `${Math.round(x1)}, ${Math.round(y1)} to ${Math.round(x2)}, ${Math.round(y2)}`;
}
