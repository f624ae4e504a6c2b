/**
 * The one live region of a run. While many pictures run its words change many times a second; they are said every few
 * seconds, so that a screen reader comes to their end.
 */
import { useEffect, useRef, useState } from 'preact/hooks';
import type { Detection } from '../api/wire.ts';
import type { Run } from '../page-state.ts';
import type { PictureItem } from './picture-item.ts';
import type { Progress } from './run-progress.ts';
import { statusWords } from './status-words.ts';

interface RunStatusProps {
  readonly run: Run;
  readonly progress: Progress | undefined;
  readonly foundCount: number;
  readonly selected: PictureItem | undefined;
  readonly shown: readonly Detection[];
}

const APART_MS = 4_000;

export function RunStatus(props: RunStatusProps) {
  const words = statusWords(props);
  const isBulk = props.run.kind === 'running' && (props.progress?.total ?? 0) > 1;
  const said = useSpacedOut(words, isBulk ? APART_MS : 0);
  // While a video plays its frames come and go: the words follow, and nobody has to listen to them.
  const isFrame = props.run.kind !== 'running' && props.selected?.source.kind === 'frame';
  return (
    <p class={isBulk ? 'status unseen' : 'status'} role="status" aria-live={isFrame ? 'off' : 'polite'}>
      {said}
    </p>
  );
}

/** The words as they were at most `apartMs` ago; at once where that is 0. */
function useSpacedOut(words: string, apartMs: number): string {
  const [said, setSaid] = useState(words);
  const saidAtMs = useRef(0);
  useEffect(() => {
    const say = (): void => {
      saidAtMs.current = performance.now();
      setSaid(words);
    };
    const leftMs = saidAtMs.current + apartMs - performance.now();
    if (leftMs <= 0) {
      say();
      return undefined;
    }
    const timer = setTimeout(say, leftMs);
    return () => clearTimeout(timer);
  }, [words, apartMs]);
  return apartMs === 0 ? words : said;
}
