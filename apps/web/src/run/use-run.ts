/**
 * Holds the one run that may be under way, of one picture or of thousands. Cancel, or a page that is left, aborts its
 * requests, which also tells the server that nobody waits for them any more.
 */
import { useCallback, useEffect, useRef } from 'preact/hooks';
import type { LiveModel } from '../api/wire.ts';
import type { PageEvent } from '../page-state.ts';
import { FrameSource } from '../video/frame-source.ts';
import { askAboutPicture, type Asking } from './ask-about-picture.ts';
import type { Failure, PictureItem, VideoItem } from './picture-item.ts';
import { workThrough } from './work-through.ts';

/** Browsers open six connections to a server at most over HTTP/1.1; the list of models needs one, too. */
const CONCURRENCY = 4;
/** From so many on they are bulk work, which lets others go first. */
const BULK_FROM = 20;

export interface RunActions {
  readonly start: (pictures: readonly PictureItem[], model: LiveModel) => void;
  readonly cancel: () => void;
  /** Ends the present pause of a run that is held. */
  readonly tryNow: () => void;
}

export function useRun(
  videos: readonly VideoItem[],
  apiKey: string | undefined,
  dispatch: (event: PageEvent) => void,
): RunActions {
  const underWay = useRef<AbortController | undefined>(undefined);
  const isBulk = useRef(false);
  const wake = useRef<() => void>(() => undefined);

  const stop = useCallback(() => {
    underWay.current?.abort();
    underWay.current = undefined;
  }, []);
  useEffect(() => {
    // Of many pictures a slip of the hand would lose a lot.
    const ask = (event: BeforeUnloadEvent): void => {
      if (underWay.current !== undefined && isBulk.current) event.preventDefault();
    };
    addEventListener('beforeunload', ask);
    addEventListener('pagehide', stop);
    return () => {
      removeEventListener('beforeunload', ask);
      removeEventListener('pagehide', stop);
      stop();
    };
  }, []);

  const pause = (ms: number, signal: AbortSignal): Promise<void> =>
    new Promise((resolve) => {
      const over = (): void => {
        clearTimeout(timer);
        signal.removeEventListener('abort', over);
        resolve();
      };
      const timer = setTimeout(over, ms);
      signal.addEventListener('abort', over);
      wake.current = over;
    });

  const run = async (
    items: readonly PictureItem[],
    asking: Asking,
    abort: AbortController,
    frames: FrameSource,
  ): Promise<void> => {
    const stoppedBy = await workThrough<PictureItem, Failure>({
      items,
      concurrency: CONCURRENCY,
      attempt: (item, signal) => askAboutPicture(item, asking, signal),
      onHold: (hold) =>
        dispatch({
          type: 'run-held',
          hold: hold && { failure: hold.trouble, untilMs: performance.now() + hold.waitMs },
        }),
      pause,
      signal: abort.signal,
    });
    frames.close();
    if (abort.signal.aborted) return;
    underWay.current = undefined;
    dispatch(stoppedBy === undefined ? { type: 'run-ended' } : { type: 'run-stopped', failure: stoppedBy });
  };

  const start = (pictures: readonly PictureItem[], model: LiveModel): void => {
    if (pictures.length === 0) return;
    stop();
    const abort = new AbortController();
    underWay.current = abort;
    isBulk.current = pictures.length >= BULK_FROM;
    dispatch({
      type: 'run-started',
      ids: pictures.map(({ id }) => id),
      model,
      startedMs: performance.now(),
    });
    const frames = new FrameSource(videos);
    const asking: Asking = {
      model,
      priority: isBulk.current ? 'low' : 'normal',
      apiKey,
      runKey: randomKey(),
      bytesOf: ({ source }, signal) =>
        source.kind === 'file' ? Promise.resolve(source.file) : frames.at(source.videoId, source.atS, signal),
      onMove: (id, state) => dispatch({ type: 'picture-moved', id, state }),
    };
    void run(pictures, asking, abort, frames);
  };

  const cancel = (): void => {
    stop();
    dispatch({ type: 'run-canceled' });
  };

  return { start, cancel, tryNow: () => wake.current() };
}

/** `crypto.randomUUID` is not there for pages that came over plain HTTP from another computer. */
function randomKey(): string {
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join('');
}
