import { describe, expect, test } from 'vitest';
import type { Answer } from './api/client.ts';
import type { LiveModel } from './api/wire.ts';
import { INITIAL_STATE, reduce, scoreRange, type PageEvent, type PageState } from './page-state.ts';

const model = (name: string, defaultMinScore: number): LiveModel => ({
  name,
  title: name,
  state: 'ready',
  reason: undefined,
  defaultMinScore,
  labels: [],
  workerCount: 1,
  queue: { waiting: 0, active: 0 },
});
const yolo = model('yolo', 0.25);
const benthic = model('benthic', 0.1);
const answer: Answer = {
  body: {},
  prediction: { model: 'yolo', device: 'cpu', image: { width: 1, height: 1 }, detections: [], timingsMs: {} },
};
const picture = new File(['x'], 'a.png', { type: 'image/png' });

const after = (...events: readonly PageEvent[]): PageState => events.reduce(reduce, INITIAL_STATE);
const answered: readonly PageEvent[] = [
  { type: 'models-arrived', models: [yolo, benthic] },
  { type: 'file-chosen', file: picture },
  { type: 'run-started', model: yolo },
  { type: 'run-answered', model: yolo, answer },
];

test('a new picture ends the answer of the one before', () => {
  expect(after(...answered).run.kind).toBe('answered');
  expect(after(...answered, { type: 'file-chosen', file: picture }).run.kind).toBe('idle');
});

test('a refused file leaves the picture and its answer in place, and says why', () => {
  const state = after(...answered, { type: 'file-refused', notice: 'not a picture' });
  expect(state.file).toBe(picture);
  expect(state).toMatchObject({ fileNotice: 'not a picture', run: { kind: 'answered' } });
});

test('the slider begins at the default of the model, and moves with the choice until it was touched', () => {
  const arrived: PageEvent = { type: 'models-arrived', models: [yolo, benthic] };
  expect(scoreRange(after(arrived)).minScore).toBe(0.25);
  expect(scoreRange(after(arrived, { type: 'model-chosen', name: 'benthic' })).minScore).toBe(0.1);
  const moved = after(
    arrived,
    { type: 'min-score-moved', minScore: 0.6 },
    { type: 'model-chosen', name: 'benthic' },
  );
  expect(scoreRange(moved).minScore).toBe(0.6);
});

test('choosing another model leaves the drawn answer and its range alone', () => {
  const state = after(...answered, { type: 'model-chosen', name: 'benthic' });
  expect(state.run.kind).toBe('answered');
  expect(scoreRange(state).minScore).toBe(0.25);
});

test('when the server is lost the last list stays, and the next list brings it back', () => {
  const lost = after(...answered, { type: 'models-lost' });
  expect(lost).toMatchObject({ modelList: 'lost', modelName: 'yolo', models: [yolo, benthic] });
  expect(reduce(lost, { type: 'models-arrived', models: [benthic] })).toMatchObject({
    modelList: 'live',
    modelName: 'benthic',
  });
});

describe('a server that asks for a key', () => {
  const refused: PageEvent = {
    type: 'run-failed',
    failure: { code: 'unauthorized', message: 'no', retryAfterS: undefined },
  };

  test('is heard from the list of models and from a run, with a key and without one', () => {
    expect(after({ type: 'models-closed' })).toMatchObject({ modelList: 'closed', keyRefusal: 'missing' });
    expect(after(refused).keyRefusal).toBe('missing');
    const given: PageEvent = { type: 'key-given', apiKey: 'k' };
    expect(after(given, { type: 'models-closed' }).keyRefusal).toBe('wrong');
    expect(after(given, refused).keyRefusal).toBe('wrong');
  });

  test('gets the key that was given, and what failed without it is no news any more', () => {
    const state = after(...answered.slice(0, 3), refused, { type: 'key-given', apiKey: 'k' });
    expect(state).toMatchObject({ apiKey: 'k', keyRefusal: 'none', run: { kind: 'idle' }, file: picture });
  });

  test('has nothing left on the page of what it told, once the key is forgotten; the picture is the person’s own', () => {
    const state = after({ type: 'key-given', apiKey: 'k' }, ...answered, { type: 'key-forgotten' });
    expect(state).toEqual({ ...INITIAL_STATE, file: picture });
  });

  test('is not what other failures mean', () => {
    const other: PageEvent = {
      type: 'run-failed',
      failure: { code: 'overloaded', message: 'full', retryAfterS: 2 },
    };
    expect(after(other).keyRefusal).toBe('none');
    expect(after({ type: 'models-lost' }).keyRefusal).toBe('none');
  });
});
