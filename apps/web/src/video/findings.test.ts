import { expect, test } from 'vitest';
import type { LiveModel } from '../api/wire.ts';
import type { PictureItem, PictureState } from '../run/picture-item.ts';
import { findingsOf, frameBefore, timelinePath } from './findings.ts';

const box = { x1: 0, y1: 0, x2: 1, y2: 1 };
const frame = (atS: number, state: PictureState): PictureItem => ({
  id: `f${atS}`,
  source: { kind: 'frame', videoId: 'v', atS },
  name: 'f',
  relativePath: 'f',
  sizeBytes: undefined,
  runNumber: 1,
  state,
});
const found = (...scores: readonly (readonly [string, number])[]): PictureState => ({
  kind: 'answered',
  model: { name: 'm' } as LiveModel,
  answer: {
    body: {},
    prediction: {
      model: 'm',
      device: 'cpu',
      image: { width: 1, height: 1 },
      detections: scores.map(([label, score]) => ({ label, score, box, classId: 0 })),
      timingsMs: {},
    },
  },
});
const failed: PictureState = { kind: 'failed', failure: { code: 'x', message: '', retryAfterS: undefined } };
const frames = [
  frame(0, found()),
  frame(1, found(['eel', 0.9], ['eel', 0.8], ['crab', 0.3])),
  frame(2, failed),
  frame(3, { kind: 'waiting' }),
];
const none: ReadonlySet<string> = new Set();

test('only frames with something in them are listed, and those that failed', () => {
  const { list, answeredCount } = findingsOf(frames, 0.5, none);
  expect(list).toEqual([
    { frameId: 'f1', atS: 1, counts: [['eel', 2]], failed: false },
    { frameId: 'f2', atS: 2, counts: [], failed: true },
  ]);
  expect(answeredCount).toBe(2);
});

test('the minimum score and hidden classes count here as they do on the stage', () => {
  expect(findingsOf(frames, 0.2, none).list[0]?.counts).toEqual([
    ['eel', 2],
    ['crab', 1],
  ]);
  expect(findingsOf(frames, 0.2, new Set(['eel'])).list[0]?.counts).toEqual([['crab', 1]]);
});

test('while it plays, the frame that was sampled last is the one to show, until the next is due', () => {
  expect(frameBefore(frames, 1.5)?.id).toBe('f1');
  expect(frameBefore(frames, 2)?.id).toBe('f2');
  expect(frameBefore(frames, 9)).toBeUndefined();
});

test('each finding has a mark at its moment, higher where more was found', () => {
  const { list } = findingsOf([frame(0, found(['eel', 0.9])), ...frames.slice(1)], 0.5, none);
  expect(timelinePath(list, 2, 100, 20)).toBe('M0 20v-13.5M50 20v-20');
});
