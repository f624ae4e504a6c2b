/**
 * Gives the frames of videos to a run, one at a time: each video has an element of its own here, so that the one on the
 * page goes on playing. A frame lives as long as its request. Open from the first frame until `close`.
 */
import type { VideoItem } from '../run/picture-item.ts';
import { captureFrame, seek, whenMeasured } from './capture-frame.ts';

/** Sent as JPEG: a hundred frames as PNG would be hundreds of megabytes, and what it loses no detector sees. */
const JPEG_QUALITY = 0.92;

export class FrameSource {
  readonly #videos: readonly VideoItem[];
  readonly #open = new Map<string, HTMLVideoElement>();
  #turn: Promise<unknown> = Promise.resolve();

  constructor(videos: readonly VideoItem[]) {
    this.#videos = videos;
  }

  /** @throws Error when the video cannot be read, or `signal` was aborted */
  at(videoId: string, atS: number, signal: AbortSignal): Promise<Blob> {
    const frame = this.#turn.then(async () => {
      if (signal.aborted) throw new Error('aborted');
      const video = this.#element(videoId);
      await whenMeasured(video, signal);
      await seek(video, atS, signal);
      return captureFrame(video, 'image/jpeg', JPEG_QUALITY);
    });
    this.#turn = frame.catch(() => undefined);
    return frame;
  }

  close(): void {
    for (const video of this.#open.values()) {
      URL.revokeObjectURL(video.src);
      video.removeAttribute('src');
      video.load();
    }
    this.#open.clear();
  }

  #element(videoId: string): HTMLVideoElement {
    const known = this.#open.get(videoId);
    if (known !== undefined) return known;
    const item = this.#videos.find(({ id }) => id === videoId);
    if (item === undefined) throw new Error('The video is not on the page any more.');
    const video = document.createElement('video');
    video.muted = true;
    video.playsInline = true;
    video.preload = 'auto';
    video.src = URL.createObjectURL(item.file);
    this.#open.set(videoId, video);
    return video;
  }
}
