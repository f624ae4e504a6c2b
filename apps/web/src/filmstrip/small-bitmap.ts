/** A small picture of a file: of a picture all of it, of a video its beginning. */
import { seek, whenMeasured } from '../video/capture-frame.ts';

/** Some videos fade in from black. */
const VIDEO_AT_S = 0.5;

/** @throws Error for what this browser cannot show */
export async function smallBitmap(file: File, height: number): Promise<ImageBitmap> {
  const options = { resizeHeight: height, resizeQuality: 'medium' } as const;
  if (!file.type.startsWith('video/')) return createImageBitmap(file, options);
  const { signal } = new AbortController();
  const video = document.createElement('video');
  video.muted = true;
  video.playsInline = true;
  video.preload = 'auto';
  video.src = URL.createObjectURL(file);
  try {
    const durationS = await whenMeasured(video, signal);
    await seek(video, Math.min(VIDEO_AT_S, durationS / 2), signal);
    return await createImageBitmap(video, options);
  } finally {
    URL.revokeObjectURL(video.src);
    video.removeAttribute('src');
    video.load();
  }
}
