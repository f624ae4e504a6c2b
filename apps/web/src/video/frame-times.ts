/** When a video is sampled, and how a moment of it is written. Seconds throughout. */

/** More frames than this are no summary any more, and hours of work for a model. */
export const FRAMES_MAX = 5_000;

/** The first of these with which a video comes to a number of frames that is looked through quickly. */
const USUAL_INTERVALS_S = [0.5, 1, 2, 5, 10, 30, 60];
const USUAL_FRAMES = 40;

export function usualIntervalS(durationS: number): number {
  return USUAL_INTERVALS_S.find((intervalS) => durationS / intervalS <= USUAL_FRAMES) ?? 60;
}

/** From the beginning, one each interval, none at the very end, where some videos have no picture. */
export function frameTimes(durationS: number, intervalS: number): readonly number[] {
  if (!(durationS > 0) || !(intervalS > 0)) return [0];
  const count = Math.min(FRAMES_MAX, Math.max(1, Math.ceil(durationS / intervalS - 1e-6)));
  // Multiplied, not added up: the error of a sum would grow with the video.
  return Array.from({ length: count }, (_, index) => Math.round(index * intervalS * 1000) / 1000);
}

/** “1:02:03.5”, with as few digits behind the point as say it. */
export function timeWords(atS: number): string {
  const tenths = Math.round(atS * 10);
  const seconds = Math.floor(tenths / 10);
  const [hours, minutes, rest] = [Math.floor(seconds / 3600), Math.floor(seconds / 60) % 60, seconds % 60];
  const fraction = tenths % 10 === 0 ? '' : `.${tenths % 10}`;
  const tail = `${twoDigits(rest)}${fraction}`;
  return hours > 0 ? `${hours}:${twoDigits(minutes)}:${tail}` : `${minutes}:${tail}`;
}

/** A file's name with a moment of it: “dive.mp4” at 62.5 s is “dive_00-01-02.500”. */
export function frameName(videoName: string, atS: number, ending: string): string {
  const millis = Math.round(atS * 1000);
  const clock = [
    Math.floor(millis / 3_600_000),
    Math.floor(millis / 60_000) % 60,
    Math.floor(millis / 1000) % 60,
  ];
  const fraction = String(millis % 1000).padStart(3, '0');
  return `${videoName.replace(/\.[^.]+$/, '')}_${clock.map(twoDigits).join('-')}.${fraction}.${ending}`;
}

function twoDigits(value: number): string {
  return String(value).padStart(2, '0');
}
