import { expect, test } from 'vitest';
import type { LiveModel } from '../api/wire.ts';
import type { PictureItem, PictureState } from './picture-item.ts';
import { statusWords, type Standing } from './status-words.ts';

const model = { name: 'yolo', title: 'YOLO' } as LiveModel;
const box = { x1: 0, y1: 0, x2: 1, y2: 1 };
const eel = { label: 'eel', classId: 0, score: 0.9, box };
const picture = (state: PictureState): PictureItem => ({
  id: 'a',
  source: { kind: 'frame', videoId: 'v', atS: 0 },
  name: 'a',
  relativePath: 'a',
  sizeBytes: undefined,
  runNumber: 1,
  state,
});
const answered = (...detections: readonly (typeof eel)[]): PictureItem =>
  picture({
    kind: 'answered',
    model,
    answer: {
      body: {},
      prediction: { model: 'yolo', device: 'cpu', image: { width: 1, height: 1 }, detections, timingsMs: {} },
    },
  });
const running: Standing['run'] = { kind: 'running', number: 1, model, startedMs: 0, hold: undefined };
const ended: Standing['run'] = { kind: 'ended', number: 1, model, canceled: false };
const progress = {
  noun: 'picture' as const,
  total: 1,
  done: 0,
  answered: 0,
  failed: 0,
  canceled: 0,
  place: undefined,
};
const standing = (more: Partial<Standing>): Standing => ({
  run: { kind: 'idle' },
  progress: undefined,
  foundCount: 0,
  selected: undefined,
  shown: [],
  ...more,
});

test('one picture that waits is told its place', () => {
  const selected = picture({ kind: 'running', phase: 'queued', place: 4, estimatedMs: undefined });
  expect(statusWords(standing({ run: running, progress, selected }))).toContain('place 4');
  expect(statusWords(standing({ run: running, progress }))).toContain('YOLO is looking');
});

test('many pictures are counted, and their end is summed up before the picture on the stage', () => {
  const many = { ...progress, total: 9, done: 3, failed: 1, answered: 2 };
  expect(statusWords(standing({ run: running, progress: many }))).toBe('3 of 9 pictures done, 1 failed.');
  const end = standing({
    run: ended,
    progress: { ...many, done: 9, answered: 8 },
    foundCount: 5,
    selected: answered(eel),
    shown: [eel],
  });
  expect(statusWords(end)).toBe(
    'Done: something found in 5 of 8 pictures, 1 failed. Showing 1 of 1: 1 × eel.',
  );
});

test('nothing found, and nothing shown of what was found, are different news', () => {
  expect(statusWords(standing({ run: ended, progress, selected: answered() }))).toContain('found nothing');
  expect(statusWords(standing({ run: ended, progress, selected: answered(eel) }))).toContain(
    'lower the minimum score',
  );
});
