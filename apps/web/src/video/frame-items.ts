/** The frames of a video that are to be looked at, as pictures that nobody has taken yet. */
import type { PictureItem, VideoItem } from '../run/picture-item.ts';
import { frameName, frameTimes } from './frame-times.ts';

export function frameItems(
  video: VideoItem,
  durationS: number,
  intervalS: number,
  newId: () => string,
): readonly PictureItem[] {
  const folder = video.relativePath.slice(0, video.relativePath.length - video.name.length);
  return frameTimes(durationS, intervalS).map((atS) => {
    const name = frameName(video.name, atS, 'jpg');
    return {
      id: newId(),
      source: { kind: 'frame', videoId: video.id, atS },
      name,
      relativePath: `${folder}${name}`,
      sizeBytes: undefined,
      runNumber: undefined,
      state: { kind: 'chosen' },
    };
  });
}
