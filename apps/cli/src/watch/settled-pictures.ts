/**
 * Which pictures of a folder are new and whole: those whose size and time of change are what they were when they were last looked
 * at. Of what was seen it keeps digests only, so that a large folder costs little.
 */
import { stat } from 'node:fs/promises';
import { NameSet } from '../map/name-set.ts';
import type { FoundPicture } from '../pictures/walk-pictures.ts';

export class SettledPictures {
  #seen = new NameSet();

  /**
   * One look: passes on what has held still since the one before. To be read to its end.
   * @param isKnown of what there is a result already, by name
   */
  async *look(
    pictures: AsyncIterable<FoundPicture>,
    isKnown: (name: string) => boolean,
  ): AsyncGenerator<FoundPicture> {
    const seen = new NameSet();
    for await (const picture of pictures) {
      if (isKnown(picture.name)) continue;
      const found = await stat(picture.path, { bigint: true }).catch(() => undefined);
      // It is gone again, or a link into nothing: there may be something tomorrow.
      if (found === undefined) continue;
      const stamp = `${picture.name}\0${found.size}\0${found.mtimeNs}`;
      if (this.#seen.has(stamp)) yield picture;
      else seen.add(stamp);
    }
    this.#seen = seen;
  }
}
