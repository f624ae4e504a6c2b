/** How a picture stands, in the few letters of its mark and in the words that are read aloud. */
import { placeWords } from '../run/run-progress.ts';
import type { PictureItem } from '../run/picture-item.ts';

export interface Mark {
  /** Drawn over its corner; nothing where there is nothing to say yet. */
  readonly sign: string;
  readonly tone: 'none' | 'found' | 'empty' | 'busy' | 'bad';
  readonly words: string;
}

/** @param foundCount of its detections that are shown */
export function markOf({ state }: Pick<PictureItem, 'state'>, foundCount: number): Mark {
  switch (state.kind) {
    case 'chosen':
      return { sign: '', tone: 'none', words: 'not run yet' };
    case 'waiting':
      return { sign: '', tone: 'busy', words: 'waiting' };
    case 'running':
      return {
        sign: state.phase === 'queued' && state.place !== undefined ? `${state.place}.` : '',
        tone: 'busy',
        words: placeWords(state),
      };
    case 'answered':
      return foundCount === 0
        ? { sign: '0', tone: 'empty', words: 'nothing found' }
        : { sign: String(foundCount), tone: 'found', words: `${foundCount} found` };
    case 'failed':
      return { sign: '!', tone: 'bad', words: 'failed' };
    case 'canceled':
      return { sign: '', tone: 'none', words: 'canceled' };
    default:
      return state satisfies never;
  }
}
