import fc from 'fast-check';
import { expect, test } from 'vitest';
import { readFinal, readModels, readState } from './read-answer.ts';
import { ShoalError } from './shoal-error.ts';
import { ended, queued, succeeded } from './test-server.ts';

const model = {
  name: 'demo',
  title: 'Demo',
  aliases: [],
  task: 'detection',
  version: '1',
  labels: ['circle'],
  defaults: { minScore: 0.25, iou: 0.45, maxDetections: 300, classAgnostic: false },
  input: {},
  state: 'ready',
  workers: [{ id: 'w', device: 'cpu', state: 'ready' }],
  queue: { waiting: 0, active: 0, oldestMs: 0 },
};

test.each([
  succeeded,
  queued,
  { ...queued, estimatedMs: 7 },
  ended('failed', 'model_failed'),
  ended('expired', 'deadline_exceeded'),
])('an answer is handed on as it came, with all that this library does not know', (answer) => {
  const newer = { ...answer, masks: [1] };
  expect(readState(newer)).toBe(newer);
});

test('the models are a list with all that is said of them', () => {
  const models = [{ ...model, license: 'MIT' }];
  expect(readModels({ models, more: 1 })).toEqual(models);
});

test.each<[string, unknown]>([
  ['answer', []],
  ['answer', null],
  ['id', { ...succeeded, id: 7 }],
  ['status', { ...succeeded, status: 'done' }],
  ['detections', { ...succeeded, detections: undefined }],
  ['detections[1]', { ...succeeded, detections: [succeeded.detections[0], null] }],
  ['detections[0].score', { ...succeeded, detections: [{ ...succeeded.detections[0], score: '0.9' }] }],
  ['detections[0].box', { ...succeeded, detections: [{ ...succeeded.detections[0], box: [1, 2, 3, 4] }] }],
  [
    'detections[0].box.x2',
    { ...succeeded, detections: [{ ...succeeded.detections[0], box: { x1: 1, y1: 1, y2: 1 } }] },
  ],
  ['image.width', { ...succeeded, image: { height: 1 } }],
  ['model', { ...succeeded, model: 'demo' }],
  ['timings', { ...succeeded, timings: null }],
  ['place', { id: queued.id, status: 'queued' }],
  ['error', { id: queued.id, status: 'failed' }],
])('an answer whose %s is not what it should be is answer_unreadable and says so', (at, body) => {
  expect(() => readState(body)).toThrow(
    expect.objectContaining({
      code: 'answer_unreadable',
      message: expect.stringContaining(`: ${at} `) as string,
    }),
  );
});

test('a prediction that is canceled cannot still be open', () => {
  expect(() => readFinal(queued)).toThrow('still open');
});

test('whatever comes is read or is a ShoalError', () => {
  const broken = fc.oneof(
    fc.jsonValue(),
    fc.record({ ...constants(succeeded), detections: fc.jsonValue() }, { requiredKeys: [] }),
    fc.record(constants(queued), { requiredKeys: [] }),
    fc.record({
      models: fc.array(fc.record({ ...constants(model), queue: fc.jsonValue() }, { requiredKeys: [] })),
    }),
  );
  for (const read of [readState, readModels]) {
    fc.assert(
      fc.property(broken, (body) => {
        expect(failureOf(() => read(body)) ?? new ShoalError('', '')).toBeInstanceOf(ShoalError);
      }),
    );
  }
});

function failureOf(act: () => unknown): unknown {
  try {
    act();
    return undefined;
  } catch (error) {
    return error;
  }
}

function constants(fields: object): Record<string, fc.Arbitrary<unknown>> {
  return Object.fromEntries(
    Object.entries(fields).map(([name, value]) => [
      name,
      fc.oneof(fc.constant(value as unknown), fc.jsonValue()),
    ]),
  );
}
