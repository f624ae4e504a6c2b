import { expect, test } from 'vitest';
import type { LiveModel } from '../api/wire.ts';
import type { PictureItem, PictureState } from '../run/picture-item.ts';
import { keptResults, sentResults } from './picture-results.ts';

const model: LiveModel = {
  name: 'benthic',
  title: 'Benthic',
  state: 'ready',
  reason: undefined,
  defaultMinScore: 0.25,
  labels: ['crab', 'eel'],
  workerCount: 1,
  queue: { waiting: 0, active: 0 },
};

const box = { x1: 1, y1: 2, x2: 3, y2: 4 };
const sent = [
  { label: 'eel', score: 0.9, box, classId: 1 },
  { label: 'crab', score: 0.2, box, classId: 0 },
];

function item(relativePath: string, state: PictureState): PictureItem {
  return {
    id: relativePath,
    source: { kind: 'frame', videoId: '', atS: 0 },
    name: relativePath,
    relativePath,
    sizeBytes: undefined,
    runNumber: 1,
    state,
  };
}

const answered = item('dive/a.jpg', {
  kind: 'answered',
  model,
  answer: {
    prediction: {
      model: 'benthic',
      device: 'cpu',
      image: { width: 10, height: 20 },
      detections: sent.map(({ label, score }) => ({ label, score, box })),
      timingsMs: {},
    },
    body: {
      id: '1',
      model: { name: 'benthic', version: '7' },
      image: { width: 10, height: 20 },
      detections: sent,
    },
  },
});
const failure = { code: 'image_undecodable', message: 'damaged', retryAfterS: undefined };
const items = [answered, item('dive/b.jpg', { kind: 'waiting' }), item('c.jpg', { kind: 'failed', failure })];

test('a file holds what is answered and what failed, under the path below the chosen folder', () => {
  expect(keptResults(items, () => true)).toEqual([
    {
      file: 'dive/a.jpg',
      prediction: {
        model: { name: 'benthic', version: '7' },
        image: { width: 10, height: 20 },
        detections: sent,
      },
    },
    { file: 'c.jpg', error: { code: 'image_undecodable', message: 'damaged' } },
  ]);
});

test('a detection that is left out does not change the class of the next', () => {
  const [first] = keptResults(items, ({ label }) => label === 'crab');
  expect(first).toMatchObject({ prediction: { detections: [{ label: 'crab', classId: 0 }] } });
});

test('the answers as they came keep what no format knows', () => {
  expect(sentResults(items)[0]).toMatchObject({ prediction: { id: '1', detections: sent } });
});
