/** Which cells of a strip are on the screen, so that thousands cost as much as a dozen. */

export interface Strip {
  /** CSS pixels from the beginning of one cell to that of the next. */
  readonly pitch: number;
  readonly scrolled: number;
  readonly width: number;
}

/** Cells beyond each edge, so that a quick scroll shows no gap. */
const MARGIN = 4;

/** The first cell, and the one after the last. */
export function seenRange({ pitch, scrolled, width }: Strip, count: number): readonly [number, number] {
  const first = Math.min(count, Math.max(0, Math.floor(scrolled / pitch) - MARGIN));
  const end = Math.min(count, Math.ceil((scrolled + width) / pitch) + MARGIN);
  return [first, Math.max(first, end)];
}

/** Where to scroll so that a cell is whole on the screen, with a look at its neighbour; undefined where it is already. */
export function scrollTo(index: number, { pitch, scrolled, width }: Strip): number | undefined {
  const peek = width > 3 * pitch ? pitch / 2 : 0;
  const left = index * pitch - peek;
  const right = (index + 1) * pitch + peek;
  if (left < scrolled) return Math.max(0, left);
  return right > scrolled + width ? right - width : undefined;
}

/** Where a key leads from a cell; undefined for keys that lead nowhere. */
export function indexAfterKey(key: string, from: number, count: number, page: number): number | undefined {
  const steps: Readonly<Record<string, number>> = {
    ArrowRight: from + 1,
    ArrowDown: from + 1,
    ArrowLeft: from - 1,
    ArrowUp: from - 1,
    PageDown: from + page,
    PageUp: from - page,
    Home: 0,
    End: count - 1,
  };
  const to = steps[key];
  return to === undefined ? undefined : Math.min(count - 1, Math.max(0, to));
}
