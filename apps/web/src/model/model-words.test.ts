import { expect, test } from 'vitest';
import type { LiveModel, ModelState } from '../api/wire.ts';
import { keepOrChoose, optionWords, stateWords } from './model-words.ts';

const model = (name: string, state: ModelState, more: Partial<LiveModel> = {}): LiveModel => ({
  name,
  title: name,
  state,
  reason: undefined,
  defaultMinScore: 0.25,
  labels: [],
  workerCount: 1,
  queue: { waiting: 0, active: 0 },
  ...more,
});

test('the first model that is ready is chosen, and the first of all when none is', () => {
  expect(keepOrChoose([model('a', 'away'), model('b', 'ready')], undefined)).toBe('b');
  expect(keepOrChoose([model('a', 'away'), model('b', 'loading')], undefined)).toBe('a');
  expect(keepOrChoose([], undefined)).toBeUndefined();
});

test('a chosen model stays chosen while it is known, ready or not', () => {
  expect(keepOrChoose([model('a', 'ready'), model('b', 'away')], 'b')).toBe('b');
  expect(keepOrChoose([model('a', 'ready')], 'gone')).toBe('a');
});

test('a model that is not ready says so in the list', () => {
  expect(optionWords(model('a', 'ready'))).toBe('a');
  for (const state of ['loading', 'failed', 'away'] as const)
    expect(optionWords(model('a', state))).not.toBe('a');
});

test('the line beside the model tells the depth of the queue, the workers and the reason of a failure', () => {
  expect(stateWords(model('a', 'ready', { workerCount: 2, queue: { waiting: 3, active: 1 } }))).toBe(
    'Ready, 2 workers, 3 waiting',
  );
  expect(stateWords(model('a', 'failed', { reason: 'no such file' }))).toContain('no such file');
});
