/** How far a run has come, as numbers and as words. */
import { atLeast } from '../detections/minimum-score.ts';
import { answerOf, type PictureItem } from './picture-item.ts';

export interface Progress {
  readonly noun: 'picture' | 'frame';
  readonly total: number;
  readonly answered: number;
  readonly failed: number;
  readonly canceled: number;
  /** Answered, failed or canceled. */
  readonly done: number;
  /** Of the one that is next in the server's queue; undefined while none waits there. */
  readonly place: number | undefined;
}

export function runProgress(pictures: readonly PictureItem[], runNumber: number): Progress {
  let noun: Progress['noun'] = 'frame';
  let place: number | undefined;
  const count = { answered: 0, failed: 0, canceled: 0, total: 0 };
  for (const picture of pictures) {
    if (picture.runNumber !== runNumber) continue;
    count.total += 1;
    if (picture.source.kind === 'file') noun = 'picture';
    const { state } = picture;
    const { kind } = state;
    if (kind === 'running' && state.place !== undefined) place = Math.min(place ?? Infinity, state.place);
    if (kind === 'answered' || kind === 'failed' || kind === 'canceled') count[kind] += 1;
  }
  return { noun, ...count, done: count.answered + count.failed + count.canceled, place };
}

/** A place that is passed in a moment is not worth a word. */
const PLACE_MIN = 10;

/** “12 of 300, 2 failed, place 40 in the queue, about 3 min left” */
export function progressWords({ done, total, failed, place }: Progress, elapsedMs: number): string {
  const left = done < 3 ? undefined : (elapsedMs / done) * (total - done);
  return [
    `${done} of ${total}`,
    ...(failed > 0 ? [`${failed} failed`] : []),
    ...(place !== undefined && place >= PLACE_MIN ? [`place ${place} in the queue`] : []),
    ...(left !== undefined && left >= 3_000 ? [`about ${durationWords(left)} left`] : []),
  ].join(', ');
}

/** “place 3 in the queue, about 2 s” */
export function placeWords(state: Extract<PictureItem['state'], { kind: 'running' }>): string {
  if (state.phase === 'sending') return 'on its way to the server';
  const about = state.estimatedMs === undefined ? '' : `, about ${durationWords(state.estimatedMs)}`;
  if (state.phase === 'working') return `being looked at${about}`;
  return state.place === undefined ? `in the queue${about}` : `place ${state.place} in the queue${about}`;
}

/** As precise as a guess deserves. */
export function durationWords(ms: number): string {
  const seconds = Math.max(1, Math.round(ms / 1000));
  if (seconds < 90) return `${seconds} s`;
  const minutes = Math.round(seconds / 60);
  return minutes < 90 ? `${minutes} min` : `${Math.round(minutes / 60)} h`;
}

/** What a run came to: “300 pictures done: 212 with something in them, 3 failed.” */
export function endWords(
  { noun, total, answered, failed }: Progress,
  found: number,
  canceled: boolean,
): string {
  const pictures = (count: number): string => (count === 1 ? `1 ${noun}` : `${count} ${noun}s`);
  if (canceled && total === 1) return 'Canceled.';
  if (canceled) return `Canceled. ${pictures(answered)} of ${total} answered before that.`;
  const parts = [`something found in ${found} of ${pictures(answered)}`];
  if (failed > 0) parts.push(`${failed} failed`);
  return `Done: ${parts.join(', ')}.`;
}

/** How many detections of a picture reach the minimum score, 0 to 1. */
export function foundIn(item: PictureItem, minScore: number): number {
  return atLeast(answerOf(item)?.prediction.detections ?? [], minScore).length;
}
