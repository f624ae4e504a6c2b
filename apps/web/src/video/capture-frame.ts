/** Takes pictures out of a video, at its native size. */

/** Resolves once a video element knows its size and its length, which some recordings do not say at their beginning. */
export async function whenMeasured(video: HTMLVideoElement, signal: AbortSignal): Promise<number> {
  if (video.readyState < HTMLMediaElement.HAVE_METADATA) await happens(video, 'loadedmetadata', signal);
  if (video.duration !== Infinity) return video.duration;
  // A recording without a length has one as soon as its end was looked for.
  const known = happens(video, 'durationchange', signal);
  video.currentTime = Number.MAX_SAFE_INTEGER;
  await known;
  await seek(video, 0, signal);
  return video.duration;
}

/**
 * A frame that is not shown within this is not waited for any longer: hidden pages show none, and a video may have one
 * frame for two moments.
 */
const SHOWN_WITHIN_MS = 500;

/**
 * Resolves when the picture of that moment is there to be drawn. `seeked` alone comes too early for that: on a busy machine
 * the frame before is still the one that is drawn.
 */
export async function seek(video: HTMLVideoElement, atS: number, signal: AbortSignal): Promise<void> {
  const isThere = video.currentTime === atS && !video.seeking;
  if (isThere && video.readyState >= HTMLMediaElement.HAVE_CURRENT_DATA) return;
  const shown = new Promise<void>((resolve) => {
    if ('requestVideoFrameCallback' in video) video.requestVideoFrameCallback(() => resolve());
  });
  const arrived = happens(video, 'seeked', signal);
  video.currentTime = atS;
  await arrived;
  if (video.readyState < HTMLMediaElement.HAVE_CURRENT_DATA) await happens(video, 'canplay', signal);
  let timer: ReturnType<typeof setTimeout> | undefined;
  const patience = new Promise<void>((resolve) => {
    timer = setTimeout(resolve, SHOWN_WITHIN_MS);
  });
  await Promise.race([shown, patience]);
  clearTimeout(timer);
}

/** @throws Error when this browser has no picture to give, which happens when memory is short */
export async function captureFrame(
  video: HTMLVideoElement,
  type: 'image/png' | 'image/jpeg',
  quality?: number,
): Promise<Blob> {
  const canvas = document.createElement('canvas');
  canvas.width = video.videoWidth;
  canvas.height = video.videoHeight;
  const context = canvas.getContext('2d');
  if (context === null || canvas.width === 0) throw new Error('The video has no picture at this moment.');
  context.drawImage(video, 0, 0);
  const blob = await new Promise<Blob | null>((resolve) => canvas.toBlob(resolve, type, quality));
  // Browsers hold on to a canvas's memory until it is collected, unless it has none.
  canvas.width = 0;
  if (blob === null) throw new Error('The browser could not save this frame.');
  return blob;
}

function happens(video: HTMLVideoElement, name: string, signal: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    const settle = (how: () => void) => (): void => {
      video.removeEventListener(name, arrived);
      video.removeEventListener('error', failed);
      signal.removeEventListener('abort', aborted);
      how();
    };
    const arrived = settle(resolve);
    const failed = settle(() => reject(new Error(video.error?.message || 'The video cannot be read.')));
    const aborted = settle(() => reject(new Error('aborted')));
    video.addEventListener(name, arrived);
    video.addEventListener('error', failed);
    signal.addEventListener('abort', aborted);
  });
}
