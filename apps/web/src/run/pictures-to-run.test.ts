import { expect, test } from 'vitest';
import type { Answer } from '../api/client.ts';
import type { LiveModel } from '../api/wire.ts';
import type { PictureItem, PictureState } from './picture-item.ts';
import { failedPictures, nextFailed, picturesToRun } from './pictures-to-run.ts';

const yolo = { name: 'yolo' } as LiveModel;
const benthic = { name: 'benthic' } as LiveModel;
const answered: PictureState = { kind: 'answered', model: yolo, answer: {} as Answer };
const failed: PictureState = {
  kind: 'failed',
  failure: { code: 'image_undecodable', message: '', retryAfterS: undefined },
};
const picture = (id: string, state: PictureState, source?: PictureItem['source']): PictureItem => ({
  id,
  source: source ?? { kind: 'file', file: new File([], id) },
  name: id,
  relativePath: id,
  sizeBytes: 1,
  runNumber: undefined,
  state,
});
const ids = (pictures: readonly PictureItem[]) => pictures.map(({ id }) => id);

test('Run is about what has no answer yet; what failed and what is answered stay as they are', () => {
  const pictures = [
    picture('a', answered),
    picture('b', { kind: 'chosen' }),
    picture('c', failed),
    picture('d', { kind: 'canceled' }),
  ];
  expect(ids(picturesToRun(pictures, 'a', yolo))).toEqual(['b', 'd']);
  expect(ids(failedPictures(pictures))).toEqual(['c']);
});

test('with another model, answers of the one before count as none', () => {
  expect(ids(picturesToRun([picture('a', answered), picture('b', answered)], 'a', benthic))).toEqual([
    'a',
    'b',
  ]);
});

test('where everything is done, the picture on the stage runs again', () => {
  const pictures = [picture('a', answered), picture('b', failed)];
  expect(ids(picturesToRun(pictures, 'b', yolo))).toEqual(['b']);
});

test('frames of a video are not what Run is about, and without a model there is nothing to run', () => {
  const frame = picture('f', { kind: 'chosen' }, { kind: 'frame', videoId: 'v', atS: 0 });
  expect(picturesToRun([frame], 'f', yolo)).toEqual([]);
  expect(picturesToRun([picture('a', { kind: 'chosen' })], 'a', undefined)).toEqual([]);
});

test('what failed is found one after the other, around the end', () => {
  const pictures = [picture('a', failed), picture('b', answered), picture('c', failed)];
  expect(nextFailed(pictures, undefined)?.id).toBe('a');
  expect(nextFailed(pictures, 'a')?.id).toBe('c');
  expect(nextFailed(pictures, 'c')?.id).toBe('a');
  expect(nextFailed(pictures.slice(0, 2), 'a')).toBeUndefined();
});
