import { expect, test } from 'vitest';
import type { PictureState } from '../run/picture-item.ts';
import { markOf } from './state-words.ts';

const queued: PictureState = { kind: 'running', phase: 'queued', place: 7, estimatedMs: undefined };
const failed: PictureState = { kind: 'failed', failure: { code: 'x', message: '', retryAfterS: undefined } };

test('a picture in the queue shows its place, and says it', () => {
  expect(markOf({ state: queued }, 0)).toMatchObject({ sign: '7.', tone: 'busy' });
  expect(markOf({ state: queued }, 0).words).toContain('place 7');
});

test('every state has words, and those that matter at a glance have a mark of their own', () => {
  const states: readonly PictureState[] = [
    { kind: 'chosen' },
    { kind: 'waiting' },
    queued,
    failed,
    { kind: 'canceled' },
  ];
  const words = states.map((state) => markOf({ state }, 0).words);
  expect(new Set(words).size).toBe(states.length);
  expect(markOf({ state: failed }, 0).tone).toBe('bad');
});
