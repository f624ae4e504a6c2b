/** What was found when: the answers of a video's frames, as its list and its time line show them. */
import { atLeast, countByLabel, ofShownClasses } from '../detections/minimum-score.ts';
import type { PictureItem } from '../run/picture-item.ts';

export interface Finding {
  readonly frameId: string;
  readonly atS: number;
  /** Classes that are shown, with their number, most first. Empty for a frame that failed. */
  readonly counts: readonly (readonly [label: string, count: number])[];
  readonly failed: boolean;
}

export interface Findings {
  /** Frames with something in them, and frames that failed, in the order of time. */
  readonly list: readonly Finding[];
  /** Of frames that were answered. */
  readonly answeredCount: number;
}

export function findingsOf(
  frames: readonly PictureItem[],
  minScore: number,
  hiddenLabels: ReadonlySet<string>,
): Findings {
  const list: Finding[] = [];
  let answeredCount = 0;
  for (const { id, source, state } of frames) {
    if (source.kind !== 'frame') continue;
    const at = { frameId: id, atS: source.atS };
    if (state.kind === 'failed') list.push({ ...at, counts: [], failed: true });
    if (state.kind !== 'answered') continue;
    answeredCount += 1;
    const reached = atLeast(state.answer.prediction.detections, minScore);
    const counts = countByLabel(ofShownClasses(reached, hiddenLabels));
    if (counts.length > 0) list.push({ ...at, counts, failed: false });
  }
  return { list, answeredCount };
}

/** The frame that was sampled last before a moment, if that is not longer ago than the frames lie apart. */
export function frameBefore(frames: readonly PictureItem[], atS: number): PictureItem | undefined {
  const first = frames[0]?.source;
  const second = frames[1]?.source;
  const apartS = first?.kind === 'frame' && second?.kind === 'frame' ? second.atS - first.atS : Infinity;
  return frames.findLast(
    ({ source }) => source.kind === 'frame' && source.atS <= atS + 0.02 && atS - source.atS < apartS,
  );
}

/** One mark a finding on a line of `width`, as the `d` of a path; higher where more was found. */
export function timelinePath(
  findings: readonly Finding[],
  durationS: number,
  width: number,
  height: number,
): string {
  const most = Math.max(1, ...findings.map(({ counts }) => total(counts)));
  return findings
    .filter(({ failed }) => !failed)
    .map(({ atS, counts }) => {
      const x = Math.round((atS / Math.max(durationS, 0.001)) * width * 10) / 10;
      const tall = Math.round(height * (0.35 + (0.65 * total(counts)) / most) * 10) / 10;
      return `M${x} ${height}v${-tall}`;
    })
    .join('');
}

function total(counts: Finding['counts']): number {
  return counts.reduce((sum, [, count]) => sum + count, 0);
}
