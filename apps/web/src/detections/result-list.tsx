/**
 * One item a detection. The list is one stop for the Tab key, and the arrow keys move inside it; what has the focus or
 * the pointer is what the picture shows brightest, and what the picture is pointed at comes into sight here.
 */
import { useEffect, useLayoutEffect, useMemo, useRef } from 'preact/hooks';
import type { BoxXyxy, Detection } from '../api/wire.ts';
import { labelColor } from './label-color.ts';
import { scoreWords } from './label-words.ts';
import type { Look } from './use-look.ts';
import { useMark } from './use-mark.ts';

/** From here on the browser leaves out what is out of sight. */
const LONG_FROM = 100;

interface ResultListProps {
  readonly detections: readonly Detection[];
  readonly activeIndex: number | undefined;
  readonly onActive: (index: number | undefined) => void;
  readonly onWant: Look['want'];
}

export function ResultList({ detections, activeIndex, onActive, onWant }: ResultListProps) {
  const list = useRef<HTMLUListElement>(null);
  const pointedAt = useRef<number | undefined>(undefined);
  const tabStop = useRef<HTMLButtonElement | undefined>(undefined);
  const items = useMemo(
    () => detections.map((detection, index) => <Result key={index} index={index} detection={detection} />),
    [detections],
  );
  useMark(list, activeIndex, 'result-active', items);

  const buttonAt = (index: number): HTMLButtonElement | undefined =>
    list.current?.children[index]?.querySelector('button') ?? undefined;
  const stopAt = (button: HTMLButtonElement | undefined): void => {
    if (tabStop.current) tabStop.current.tabIndex = -1;
    tabStop.current = button;
    if (button) button.tabIndex = 0;
  };
  useLayoutEffect(() => stopAt(buttonAt(0)), [items]);

  const point = (index: number | undefined): void => {
    if (index === pointedAt.current && (index === undefined || index === activeIndex)) return;
    pointedAt.current = index;
    onActive(index);
  };

  useEffect(() => {
    if (activeIndex === pointedAt.current) return;
    const item = activeIndex === undefined ? undefined : list.current?.children[activeIndex];
    if (item instanceof HTMLElement) scrollInto(list.current!, item);
  }, [activeIndex]);

  const onKeyDown = (event: KeyboardEvent): void => {
    const from = indexOf(event.target);
    const to = from === undefined ? undefined : indexAfterKey(event.key, from, detections.length - 1);
    if (to === undefined) return;
    event.preventDefault();
    buttonAt(to)?.focus();
  };

  return (
    // The role is said aloud: WebKit drops it from lists without bullets.
    <ul
      ref={list}
      class={detections.length > LONG_FROM ? 'result-list result-list-long' : 'result-list'}
      role="list"
      aria-label="Results"
      onKeyDown={onKeyDown}
      onClick={(event) => {
        const index = indexOf(event.target);
        if (index !== undefined) onWant(index, 'close-up');
      }}
      onPointerOver={(event) => point(indexOf(event.target))}
      onPointerLeave={() => point(undefined)}
      onFocusIn={(event) => {
        const index = indexOf(event.target);
        point(index);
        if (index === undefined) return;
        stopAt(buttonAt(index));
        // Keys walk from box to box; a pointer that only passes must not drag the picture along.
        if (event.target instanceof Element && event.target.matches(':focus-visible'))
          onWant(index, 'in-sight');
      }}
      onFocusOut={() => point(undefined)}
    >
      {items}
    </ul>
  );
}

function Result({ index, detection }: { readonly index: number; readonly detection: Detection }) {
  const { label, score, box } = detection;
  return (
    <li>
      <button type="button" class="result" tabIndex={-1} data-index={index}>
        <span class="swatch" style={{ background: labelColor(label) }} />
        <span class="result-name">{label}</span>
        <span class="result-score">{scoreWords(score)}</span>
        <span class="result-box">{boxWords(box)}</span>
        <span class="score-bar" aria-hidden="true">
          <span style={{ width: `${Math.min(1, Math.max(0, score)) * 100}%` }} />
        </span>
      </button>
    </li>
  );
}

function indexOf(target: EventTarget | null): number | undefined {
  const button = target instanceof Element ? target.closest<HTMLElement>('[data-index]') : null;
  return button === null ? undefined : Number(button.dataset['index']);
}

/** The list alone moves: `scrollIntoView` would take the page along, away from the picture that is pointed at. */
function scrollInto(list: HTMLElement, item: HTMLElement): void {
  const top = item.offsetTop - list.offsetTop;
  if (top < list.scrollTop) list.scrollTop = top;
  const bottom = top + item.offsetHeight - list.clientHeight;
  if (bottom > list.scrollTop) list.scrollTop = bottom;
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
