/**
 * How the detections of one picture are looked at: which of them are shown, and which one is pointed at in the list or
 * in the picture. Classes that were hidden stay hidden in the next picture, as people who hid them expect.
 */
import { useCallback, useEffect, useMemo, useState } from 'preact/hooks';
import type { Detection } from '../api/wire.ts';
import { atLeast, countByLabel, ofShownClasses } from './minimum-score.ts';

export interface Look {
  /** At least the minimum score and not of a hidden class; the order of the answer, best first. */
  readonly shown: readonly Detection[];
  /** Every class that reaches the minimum score, hidden or not, with its number of detections; most first. */
  readonly classes: readonly (readonly [label: string, count: number])[];
  readonly hiddenLabels: ReadonlySet<string>;
  readonly minScore: number;
  readonly toggleLabel: (label: string) => void;
  readonly showAllLabels: () => void;
  /** Into `shown`. */
  readonly activeIndex: number | undefined;
  readonly setActiveIndex: (index: number | undefined) => void;
  /** What the picture was last asked to show; a new object for every time that it was asked. */
  readonly wanted: WantedBox | undefined;
  readonly want: (index: number, manner: WantedBox['manner']) => void;
}

export interface WantedBox {
  /** Into `shown`. */
  readonly index: number;
  /** Somewhere in sight, or from near. */
  readonly manner: 'in-sight' | 'close-up';
  readonly shown: readonly Detection[];
}

const NONE_HIDDEN: ReadonlySet<string> = new Set();

/** @param detections of one picture; the same array for as long as it is the same answer */
export function useLook(detections: readonly Detection[], minScore: number): Look {
  const [hiddenLabels, setHiddenLabels] = useState(NONE_HIDDEN);
  const [activeIndex, setActiveIndex] = useState<number | undefined>(undefined);
  const [wanted, setWanted] = useState<WantedBox | undefined>(undefined);
  const reached = useMemo(() => atLeast(detections, minScore), [detections, minScore]);
  const classes = useMemo(() => countByLabel(reached), [reached]);
  const shown = useMemo(() => ofShownClasses(reached, hiddenLabels), [reached, hiddenLabels]);
  // An index into another answer, or into one filtered differently, would point at the wrong box.
  useEffect(() => setActiveIndex(undefined), [shown]);

  const toggleLabel = useCallback(
    (label: string) =>
      setHiddenLabels((hidden) => {
        const next = new Set(hidden);
        if (!next.delete(label)) next.add(label);
        return next;
      }),
    [],
  );
  const want = useCallback<Look['want']>((index, manner) => setWanted({ index, manner, shown }), [shown]);
  const showAllLabels = useCallback(() => setHiddenLabels(NONE_HIDDEN), []);
  return {
    shown,
    classes,
    hiddenLabels,
    minScore,
    toggleLabel,
    showAllLabels,
    activeIndex: activeIndex !== undefined && activeIndex < shown.length ? activeIndex : undefined,
    setActiveIndex,
    wanted: wanted?.shown === shown ? wanted : undefined,
    want,
  };
}
