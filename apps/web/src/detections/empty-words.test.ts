import { expect, test } from 'vitest';
import type { Detection } from '../api/wire.ts';
import { emptyWords } from './empty-words.ts';

const eel: Detection = { label: 'eel', score: 0.43, box: { x1: 0, y1: 0, x2: 1, y2: 1 } };
const nothing = { shown: [], classes: [], minScore: 0.5 };

test('a list with something in it needs no words', () => {
  expect(emptyWords([eel], { ...nothing, shown: [eel] })).toBeUndefined();
});

test('nothing found, nothing reached and nothing asked for are three different things to say', () => {
  expect(emptyWords(undefined, nothing)).toContain('listed here');
  expect(emptyWords([], nothing)).toContain('found nothing');
  expect(emptyWords([eel], nothing)).toBe(
    'One detection is below the minimum score of 0.50; the best one, eel, has 0.43. Lower the minimum score to see more.',
  );
  expect(emptyWords([eel, eel], nothing)).toMatch(/^2 detections are below/);
});

test('classes that are hidden are not blamed on the score', () => {
  expect(emptyWords([eel], { ...nothing, classes: [['eel', 1]] })).toContain('hidden');
});
