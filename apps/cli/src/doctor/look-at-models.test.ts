import type { ModelStatus } from '@shoal/client';
import { expect, test } from 'vitest';
import { lookAtModel } from './look-at-models.ts';

const well: ModelStatus = {
  name: 'reef',
  title: 'Reef',
  aliases: [],
  task: 'detection',
  version: 'v1',
  labels: ['fish'],
  defaults: { minScore: 0.25, iou: 0.45, maxDetections: 300, classAgnostic: false },
  input: {},
  state: 'ready',
  workers: [{ id: 'a', device: 'cpu', state: 'ready' }],
  queue: { waiting: 0, active: 0, oldestMs: 0 },
};
const lost = { id: 'b', device: 'cpu', state: 'failed', reason: 'no such file' } as const;

test.each<readonly [string, Partial<ModelStatus>, string, string]>([
  ['is well', {}, 'ok', 'ready, 1 on cpu'],
  ['could not load', { state: 'failed', reason: 'bad file' }, 'fail', 'bad file'],
  ['could not load, as a worker says', { state: 'failed', workers: [lost] }, 'fail', 'no such file'],
  [
    'is away',
    { state: 'away', workers: [], queue: { waiting: 3, active: 0, oldestMs: 1 } },
    'warn',
    '3 waiting',
  ],
  ['is loading', { state: 'loading' }, 'warn', 'loads it still'],
  ['is served in two versions', { reason: 'two files of one name' }, 'warn', 'two files of one name'],
  [
    'has a worker that failed',
    { workers: [...well.workers, lost] },
    'warn',
    '1 of 2 workers failed: no such file',
  ],
  [
    'is too slow',
    { queue: { waiting: 9, active: 1, oldestMs: 90_000 } },
    'warn',
    'the first of them for 90 s',
  ],
])('a model that %s', (_how, state, outcome, sentence) => {
  const finding = lookAtModel({ ...well, ...state });
  expect(finding).toMatchObject({ about: 'model reef', outcome });
  expect(finding.message).toContain(sentence);
  expect(finding.advice === undefined).toBe(outcome === 'ok');
});
