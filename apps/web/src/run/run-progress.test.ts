import { expect, test } from 'vitest';
import type { PictureItem, PictureState } from './picture-item.ts';
import { durationWords, endWords, placeWords, progressWords, runProgress } from './run-progress.ts';

const failure = { code: 'image_undecodable', message: '', retryAfterS: undefined };
const picture = (state: PictureState, runNumber = 2): PictureItem => ({
  id: 'a',
  source: { kind: 'frame', videoId: 'v', atS: 0 },
  name: 'a',
  relativePath: 'a',
  sizeBytes: undefined,
  runNumber,
  state,
});
const running = (phase: 'sending' | 'queued' | 'working', place?: number, estimatedMs?: number) =>
  ({ kind: 'running', phase, place, estimatedMs }) as const;

const queued = (place: number) => picture(running('queued', place));

test('a run is counted by its own pictures only', () => {
  const pictures = [
    picture({ kind: 'waiting' }),
    picture({ kind: 'failed', failure }),
    picture({ kind: 'canceled' }),
    picture({ kind: 'failed', failure }, 1),
  ];
  expect(runProgress(pictures, 2)).toEqual({
    noun: 'frame',
    total: 3,
    done: 2,
    answered: 0,
    failed: 1,
    canceled: 1,
  });
});

test('what is left is guessed from what is done, and not from too little', () => {
  const progress = {
    noun: 'picture' as const,
    total: 300,
    done: 100,
    answered: 98,
    failed: 2,
    canceled: 0,
    place: undefined,
  };
  expect(progressWords(progress, 60_000)).toBe('100 of 300, 2 failed, about 2 min left');
  expect(progressWords({ ...progress, done: 2, failed: 0 }, 60_000)).toBe('2 of 300');
  expect(progressWords({ ...progress, done: 300 }, 60_000)).toBe('300 of 300, 2 failed');
});

test('of many, the place of the next one in the queue is said, unless its turn comes at once', () => {
  const progress = runProgress([queued(42), queued(40), queued(41)], 2);
  expect(progressWords(progress, 0)).toBe('0 of 3, place 40 in the queue');
  expect(progressWords(runProgress([queued(2), queued(3)], 2), 0)).toBe('0 of 2');
});

test('the place in the queue is said while there is one', () => {
  expect(placeWords(running('queued', 3, 2_100))).toBe('place 3 in the queue, about 2 s');
  expect(placeWords(running('queued'))).toBe('in the queue');
  expect(placeWords(running('sending'))).toContain('on its way');
  expect(placeWords(running('working'))).toContain('looked at');
});

test('times are as precise as a guess deserves', () => {
  expect([200, 89_000, 120_000, 2 * 3_600_000].map(durationWords)).toEqual(['1 s', '89 s', '2 min', '2 h']);
});

test('the end of a run says what it came to', () => {
  const progress = {
    noun: 'picture' as const,
    total: 5,
    done: 5,
    answered: 4,
    failed: 1,
    canceled: 0,
    place: undefined,
  };
  expect(endWords(progress, 3, false)).toBe('Done: something found in 3 of 4 pictures, 1 failed.');
  expect(endWords({ ...progress, answered: 1 }, 1, true)).toContain('1 picture of 5');
});
