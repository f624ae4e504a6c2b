/** Which pictures a press of Run is about. Frames of a video have a button of their own. */
import type { LiveModel } from '../api/wire.ts';
import type { PictureItem } from './picture-item.ts';

/**
 * Whatever has no answer of this model yet; what failed is not among it, since the same would fail again. Where nothing
 * is left, the selected picture once more.
 */
export function picturesToRun(
  pictures: readonly PictureItem[],
  selectedId: string | undefined,
  model: LiveModel | undefined,
): readonly PictureItem[] {
  if (model === undefined) return [];
  const files = pictures.filter(({ source }) => source.kind === 'file');
  const open = files.filter(({ state }) => isOpen(state, model));
  return open.length > 0 ? open : files.filter(({ id }) => id === selectedId);
}

export function failedPictures(pictures: readonly PictureItem[]): readonly PictureItem[] {
  return pictures.filter(({ state }) => state.kind === 'failed');
}

/** The failed picture that comes after the selected one, around the end; undefined where there is no other. */
export function nextFailed(
  pictures: readonly PictureItem[],
  selectedId: string | undefined,
): PictureItem | undefined {
  const at = pictures.findIndex(({ id }) => id === selectedId);
  const around = [...pictures.slice(at + 1), ...pictures.slice(0, Math.max(0, at))];
  return around.find(({ state }) => state.kind === 'failed');
}

function isOpen(state: PictureItem['state'], model: LiveModel): boolean {
  if (state.kind === 'answered') return state.model.name !== model.name;
  return state.kind === 'chosen' || state.kind === 'canceled';
}
