import { expect, test } from 'vitest';
import { parseModels, parsePrediction } from './wire.ts';

const prediction = {
  id: '1',
  status: 'succeeded',
  model: { name: 'demo', version: '1' },
  image: { width: 320, height: 256 },
  detections: [{ label: 'circle', classId: 0, score: 0.9, box: { x1: 1, y1: 2, x2: 3, y2: 4 } }],
  timings: { inferMs: 3, totalMs: 5, note: 'later' },
  somethingNew: true,
};

test('an answer with more in it than this page knows is read', () => {
  expect(parsePrediction(prediction)).toEqual({
    model: 'demo',
    device: undefined,
    image: { width: 320, height: 256 },
    detections: [{ label: 'circle', score: 0.9, box: { x1: 1, y1: 2, x2: 3, y2: 4 } }],
    timingsMs: { inferMs: 3, totalMs: 5 },
  });
});

test('an answer without what is drawn names the missing field', () => {
  const broken = {
    ...prediction,
    detections: [{ label: 'circle', score: 0.9, box: { x1: 1, y1: 2, x2: 3 } }],
  };
  expect(() => parsePrediction(broken)).toThrow('detections[0].box.y2');
  expect(() => parsePrediction('<html>')).toThrow('answer');
});

test('a model record with the least in it gets sensible values', () => {
  expect(parseModels({ models: [{ name: 'demo', state: 'ready' }] })).toEqual([
    {
      name: 'demo',
      title: 'demo',
      state: 'ready',
      reason: undefined,
      defaultMinScore: 0.25,
      labels: [],
      workerCount: 0,
      queue: { waiting: 0, active: 0 },
    },
  ]);
});

test('a state that this page does not know is not taken for ready', () => {
  expect(parseModels({ models: [{ name: 'demo', state: 'dreaming' }] })[0]?.state).toBe('away');
});
