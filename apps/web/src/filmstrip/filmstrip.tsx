/**
 * Every picture and video on the page, as one strip: the way from one to the next by pointer and by arrow keys, and how
 * each stands. Only what is on the screen is in the document; the list says itself how long it is.
 */
import { useEffect, useLayoutEffect, useRef, useState } from 'preact/hooks';
import type { PictureItem, VideoItem } from '../run/picture-item.ts';
import { foundIn } from '../run/run-progress.ts';
import { indexAfterKey, scrollTo, seenRange } from './seen-range.ts';
import { markOf } from './state-words.ts';
import { Thumbnails } from './thumbnails.ts';

/** CSS pixels, as in the style sheet. */
const PITCH = 92;

interface FilmstripProps {
  readonly videos: readonly VideoItem[];
  /** Without frames, which stand with their video. */
  readonly pictures: readonly PictureItem[];
  readonly shownId: string | undefined;
  readonly minScore: number;
  readonly onSelect: (id: string) => void;
}

const thumbnails = new Thumbnails();

export function Filmstrip({ videos, pictures, shownId, minScore, onSelect }: FilmstripProps) {
  const strip = useRef<HTMLDivElement>(null);
  const [view, setView] = useState({ scrolled: 0, width: 1_000 });
  const entries = [...videos, ...pictures];
  const shownIndex = entries.findIndex(({ id }) => id === shownId);

  const look = (): void => {
    if (strip.current !== null)
      setView({ scrolled: strip.current.scrollLeft, width: strip.current.clientWidth });
  };
  useLayoutEffect(() => {
    const observer = new ResizeObserver(look);
    observer.observe(strip.current!);
    return () => observer.disconnect();
  }, []);
  useEffect(() => {
    const element = strip.current;
    if (element === null || shownIndex < 0) return;
    const { scrollLeft: scrolled, clientWidth: width } = element;
    const left = scrollTo(shownIndex, { pitch: PITCH, scrolled, width });
    if (left !== undefined) element.scrollTo({ left });
  }, [shownIndex, entries.length]);

  const onKeyDown = (event: KeyboardEvent): void => {
    if (event.altKey || event.ctrlKey || event.metaKey) return;
    const page = Math.max(1, Math.floor(view.width / PITCH));
    const to = indexAfterKey(event.key, Math.max(0, shownIndex), entries.length, page);
    if (to === undefined) return;
    event.preventDefault();
    onSelect(entries[to]!.id);
  };

  const [first, end] = seenRange({ pitch: PITCH, ...view }, entries.length);
  const indices = Array.from({ length: end - first }, (_, offset) => first + offset);
  // The one that has the focus is there wherever the strip was scrolled to.
  if (shownIndex >= 0 && (shownIndex < first || shownIndex >= end)) indices.push(shownIndex);

  return (
    <div
      ref={strip}
      class="filmstrip"
      role="listbox"
      aria-label="Pictures"
      aria-orientation="horizontal"
      aria-activedescendant={shownIndex < 0 ? undefined : `cell-${entries[shownIndex]!.id}`}
      tabIndex={0}
      onScroll={look}
      onKeyDown={onKeyDown}
    >
      <div class="filmstrip-cells" role="presentation" style={{ width: `${entries.length * PITCH}px` }}>
        {indices.map((index) => {
          const entry = entries[index]!;
          return (
            <Cell
              key={entry.id}
              entry={entry}
              index={index}
              count={entries.length}
              shown={index === shownIndex}
              minScore={minScore}
              onSelect={onSelect}
            />
          );
        })}
      </div>
    </div>
  );
}

interface CellProps {
  readonly entry: PictureItem | VideoItem;
  readonly index: number;
  readonly count: number;
  readonly shown: boolean;
  readonly minScore: number;
  readonly onSelect: (id: string) => void;
}

function Cell({ entry, index, count, shown, minScore, onSelect }: CellProps) {
  const mark = 'state' in entry ? markOf(entry, foundIn(entry, minScore)) : undefined;
  const source = 'file' in entry ? entry : entry.source;
  const file = 'file' in source ? source.file : undefined;
  return (
    <div
      id={`cell-${entry.id}`}
      role="option"
      class={shown ? 'cell cell-shown' : 'cell'}
      style={{ left: `${index * PITCH}px` }}
      aria-selected={shown}
      aria-posinset={index + 1}
      aria-setsize={count}
      aria-label={`${entry.name}, ${mark?.words ?? 'video'}`}
      title={entry.relativePath}
      onClick={() => onSelect(entry.id)}
    >
      <Thumbnail file={file} name={entry.name} />
      {mark === undefined ? (
        <span class="cell-mark cell-mark-video" aria-hidden="true">
          <svg viewBox="0 0 20 20">
            <path d="M6.5 4.5v11l9-5.5z" />
          </svg>
        </span>
      ) : (
        mark.tone !== 'none' && (
          <span class={`cell-mark cell-mark-${mark.tone}`} aria-hidden="true">
            {mark.sign}
          </span>
        )
      )}
    </div>
  );
}

function Thumbnail({ file, name }: { readonly file: File | undefined; readonly name: string }) {
  const canvas = useRef<HTMLCanvasElement>(null);
  const [shown, setShown] = useState(false);
  useEffect(() => {
    if (file === undefined) return undefined;
    const abort = new AbortController();
    const draw = async (): Promise<void> => {
      const bitmap = await thumbnails.of(file, abort.signal);
      const target = canvas.current;
      if (bitmap === undefined || target === null || abort.signal.aborted) return;
      target.width = bitmap.width;
      target.height = bitmap.height;
      target.getContext('2d')?.drawImage(bitmap, 0, 0);
      setShown(true);
    };
    void draw();
    return () => abort.abort();
  }, [file]);
  return (
    <>
      {file !== undefined && (
        <canvas ref={canvas} class={shown ? 'thumb thumb-shown' : 'thumb'} width={1} height={1} />
      )}
      {!shown && (
        <span class="cell-ending" aria-hidden="true">
          {/\.([^.]{1,5})$/.exec(name)?.[1] ?? ''}
        </span>
      )}
    </>
  );
}
