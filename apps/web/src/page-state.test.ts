import { describe, expect, test } from 'vitest';
import type { Answer } from './api/client.ts';
import type { LiveModel } from './api/wire.ts';
import {
  filmstripIds,
  INITIAL_STATE,
  reduce,
  scoreRange,
  selectedAnswer,
  selectedPicture,
  shownVideo,
  type PageEvent,
  type PageState,
} from './page-state.ts';
import type { Failure, PictureItem, VideoItem } from './run/picture-item.ts';

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
const item = (id: string, source?: PictureItem['source']): PictureItem => ({
  id,
  source: source ?? { kind: 'file', file: new File(['x'], `${id}.png`) },
  name: `${id}.png`,
  relativePath: `${id}.png`,
  sizeBytes: 1,
  runNumber: undefined,
  state: { kind: 'chosen' },
});
const video = (id: string): VideoItem => ({ id, file: new File(['x'], id), name: id, relativePath: id });
const frame = (id: string, videoId: string, atS: number) => item(id, { kind: 'frame', videoId, atS });

const after = (...events: readonly PageEvent[]): PageState => events.reduce(reduce, INITIAL_STATE);
const taken = (pictures: readonly PictureItem[], videos: readonly VideoItem[] = []): PageEvent => ({
  type: 'files-taken',
  pictures,
  videos,
  notice: undefined,
});
const started = (...ids: readonly string[]): PageEvent => ({
  type: 'run-started',
  ids,
  model: yolo,
  startedMs: 0,
});
const moved = (id: string, state: PictureItem['state']): PageEvent => ({ type: 'picture-moved', id, state });
const answeredState: PictureItem['state'] = { kind: 'answered', model: yolo, answer };
const failure: Failure = { code: 'image_undecodable', message: 'broken', retryAfterS: undefined };
const kinds = (state: PageState) => state.pictures.map((picture) => picture.state.kind);

const answered: readonly PageEvent[] = [
  { type: 'models-arrived', models: [yolo, benthic] },
  taken([item('a')]),
  started('a'),
  moved('a', answeredState),
  { type: 'run-ended' },
];

test('a new picture comes beside the ones before, which keep their answers, and is the one that is looked at', () => {
  const state = after(...answered, taken([item('b'), item('c')]));
  expect(state.selectedId).toBe('b');
  expect(kinds(state)).toEqual(['answered', 'chosen', 'chosen']);
  expect(selectedAnswer(reduce(state, { type: 'selected', id: 'a' }))).toBe(answer);
});

test('a refused file leaves the pictures and their answers in place, and says why', () => {
  const refused: PageEvent = { type: 'files-taken', pictures: [], videos: [], notice: 'not a picture' };
  const state = after(...answered, refused);
  expect(state).toMatchObject({ fileNotice: 'not a picture', selectedId: 'a' });
  expect(selectedAnswer(state)).toBe(answer);
});

test('the slider begins at the default of the model, and moves with the choice until it was touched', () => {
  const arrived: PageEvent = { type: 'models-arrived', models: [yolo, benthic] };
  expect(scoreRange(after(arrived)).minScore).toBe(0.25);
  expect(scoreRange(after(arrived, { type: 'model-chosen', name: 'benthic' })).minScore).toBe(0.1);
  const touched = after(
    arrived,
    { type: 'min-score-moved', minScore: 0.6 },
    { type: 'model-chosen', name: 'benthic' },
  );
  expect(scoreRange(touched).minScore).toBe(0.6);
});

test('choosing another model leaves the drawn answer and its range alone', () => {
  const state = after(...answered, { type: 'model-chosen', name: 'benthic' });
  expect(selectedAnswer(state)).toBe(answer);
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

describe('a run', () => {
  const three: readonly PageEvent[] = [taken([item('a'), item('b'), item('c')])];

  test('begins with its pictures in line, and leaves the others alone', () => {
    const state = after(...three, started('a', 'c'));
    expect(kinds(state)).toEqual(['waiting', 'chosen', 'waiting']);
    expect(state.pictures.map(({ runNumber }) => runNumber)).toEqual([1, undefined, 1]);
  });

  test('that is canceled keeps what it has, and calls the rest canceled', () => {
    const running: PictureItem['state'] = { kind: 'running', phase: 'queued', place: 2, estimatedMs: 1 };
    const state = after(...three, started('a', 'b', 'c'), moved('a', answeredState), moved('b', running), {
      type: 'run-canceled',
    });
    expect(kinds(state)).toEqual(['answered', 'canceled', 'canceled']);
    expect(state.run).toMatchObject({ kind: 'ended', canceled: true });
  });

  test('that is held goes on as if nothing had been', () => {
    const hold = { failure: { ...failure, code: 'unreachable' }, untilMs: 5 };
    const held = after(...three, started('a'), { type: 'run-held', hold });
    expect(held.run).toMatchObject({ kind: 'running', hold });
    expect(reduce(held, { type: 'run-held', hold: undefined }).run).toMatchObject({ hold: undefined });
  });

  test('that is stopped puts what was in line back where it was', () => {
    const state = after(...three, started('a', 'b'), moved('a', answeredState), {
      type: 'run-stopped',
      failure,
    });
    expect(kinds(state)).toEqual(['answered', 'chosen', 'chosen']);
    expect(state.run).toMatchObject({ kind: 'stopped', failure });
  });
});

describe('what is taken off the page', () => {
  test('leaves its neighbour on the stage', () => {
    const state = after(taken([item('a'), item('b'), item('c')]), { type: 'selected', id: 'b' });
    const without = reduce(state, { type: 'removed', id: 'b' });
    expect([without.selectedId, reduce(without, { type: 'removed', id: 'c' }).selectedId]).toEqual([
      'c',
      'a',
    ]);
  });

  test('takes its frames with it, when it is a video', () => {
    const frames = [frame('f1', 'v', 0), frame('f2', 'v', 1)];
    const state = after(taken([item('a')], [video('v')]), { type: 'frames-planned', videoId: 'v', frames });
    const without = reduce(state, { type: 'removed', id: 'v' });
    expect([without.pictures.map(({ id }) => id), without.videos, without.selectedId]).toEqual([
      ['a'],
      [],
      'a',
    ]);
  });

  test('is said to be gone when it cannot be played', () => {
    const state = after(taken([], [video('v')]), { type: 'video-refused', id: 'v', notice: 'no' });
    expect(state).toMatchObject({ videos: [], selectedId: undefined, fileNotice: 'no' });
  });
});

describe('the frames of a video', () => {
  const sampled = after(taken([item('a')], [video('v')]), {
    type: 'frames-planned',
    videoId: 'v',
    frames: [frame('f1', 'v', 0)],
  });

  test('stand with their video: on the stage, and not in the strip', () => {
    const state = reduce(sampled, { type: 'selected', id: 'f1' });
    expect([shownVideo(state)?.id, selectedPicture(state)?.id]).toEqual(['v', 'f1']);
    expect(filmstripIds(state)).toEqual(['v', 'a']);
  });

  test('are replaced when it is sampled anew', () => {
    const state = reduce(sampled, { type: 'frames-planned', videoId: 'v', frames: [frame('f2', 'v', 0)] });
    expect(state.pictures.map(({ id }) => id)).toEqual(['a', 'f2']);
  });
});

describe('a server that asks for a key', () => {
  const unauthorized = { code: 'unauthorized', message: 'no', retryAfterS: undefined };
  const refused: readonly PageEvent[] = [
    taken([item('a')]),
    started('a'),
    { type: 'run-stopped', failure: unauthorized },
  ];

  test('is heard from the list of models and from a run, with a key and without one', () => {
    expect(after({ type: 'models-closed' })).toMatchObject({ modelList: 'closed', keyRefusal: 'missing' });
    expect(after(...refused).keyRefusal).toBe('missing');
    const given: PageEvent = { type: 'key-given', apiKey: 'k' };
    expect(after(given, { type: 'models-closed' }).keyRefusal).toBe('wrong');
    expect(after(given, ...refused).keyRefusal).toBe('wrong');
  });

  test('gets the key that was given, and what failed without it is no news any more', () => {
    const state = after(...refused, { type: 'key-given', apiKey: 'k' });
    expect(state).toMatchObject({ apiKey: 'k', keyRefusal: 'none', run: { kind: 'idle' } });
    expect(kinds(state)).toEqual(['chosen']);
  });

  test('has nothing left on the page of what it told, once the key is forgotten; the pictures are the person’s own', () => {
    const state = after({ type: 'key-given', apiKey: 'k' }, ...answered, { type: 'key-forgotten' });
    expect(state).toEqual({
      ...INITIAL_STATE,
      pictures: [expect.objectContaining({ id: 'a' })],
      selectedId: 'a',
    });
    expect(kinds(state)).toEqual(['chosen']);
  });

  test('is not what other failures mean', () => {
    const other: PageEvent = { type: 'run-stopped', failure: { ...failure, code: 'model_unknown' } };
    expect(after(taken([item('a')]), started('a'), other).keyRefusal).toBe('none');
    expect(after({ type: 'models-lost' }).keyRefusal).toBe('none');
  });
});
