/** What was found when in a video: a line of time with a mark a finding, and the same as a list that jumps there. */
import { useLayoutEffect, useRef } from 'preact/hooks';
import { labelColor } from '../detections/label-color.ts';
import { timelinePath, type Finding, type Findings } from './findings.ts';
import { timeWords } from './frame-times.ts';

/** Units of the drawing, which is stretched to the width that there is. */
const WIDTH = 1_000;
const HEIGHT = 22;

interface FoundWhenProps {
  readonly findings: Findings;
  readonly frameCount: number;
  readonly durationS: number;
  /** Of the moment that is shown. */
  readonly nowS: number;
  readonly shownFrameId: string | undefined;
  readonly onJump: (finding: Finding) => void;
}

export function FoundWhen({ findings, frameCount, durationS, nowS, shownFrameId, onJump }: FoundWhenProps) {
  const { list, answeredCount } = findings;
  const shownRow = useRef<HTMLButtonElement>(null);
  const scroller = useRef<HTMLOListElement>(null);
  useLayoutEffect(() => {
    const [row, box] = [shownRow.current, scroller.current];
    if (row === null || box === null) return;
    // Only the list is moved: `scrollIntoView` would move the page under somebody who watches the video.
    const top = row.offsetTop;
    if (top < box.scrollTop) box.scrollTop = top;
    else if (top + row.offsetHeight > box.scrollTop + box.clientHeight)
      box.scrollTop = top + row.offsetHeight - box.clientHeight;
  }, [shownFrameId]);

  const nowX = Math.round((nowS / Math.max(durationS, 0.001)) * WIDTH);
  const withFindings = list.filter(({ failed }) => !failed).length;
  return (
    <section class="found-when" aria-labelledby="found-when-heading">
      <h2 id="found-when-heading">
        Found when{' '}
        <span class="quiet">
          in {withFindings} of {answeredCount} frames
          {answeredCount < frameCount && `, ${frameCount} planned`}
        </span>
      </h2>
      <svg class="timeline" viewBox={`0 0 ${WIDTH} ${HEIGHT}`} preserveAspectRatio="none" aria-hidden="true">
        <path class="timeline-ground" d={`M0 ${HEIGHT - 1}h${WIDTH}`} />
        <path class="timeline-marks" d={timelinePath(list, durationS, WIDTH, HEIGHT)} />
        <path class="timeline-now" d={`M${nowX} 0v${HEIGHT}`} />
      </svg>
      <ol class="findings" role="list" aria-label="Found in the video" ref={scroller}>
        {list.map((finding) => {
          const shown = finding.frameId === shownFrameId;
          return (
            <li key={finding.frameId}>
              <button
                type="button"
                ref={shown ? shownRow : null}
                class={shown ? 'finding finding-shown' : 'finding'}
                aria-current={shown ? 'true' : undefined}
                onClick={() => onJump(finding)}
              >
                <span class="finding-time">{timeWords(finding.atS)}</span>
                <span class="finding-words">
                  {finding.failed && 'This frame failed'}
                  {finding.counts.map(([label, count]) => (
                    <span key={label} class="finding-count">
                      <span class="swatch" style={{ background: labelColor(label) }} /> {count} × {label}
                    </span>
                  ))}
                </span>
              </button>
            </li>
          );
        })}
      </ol>
    </section>
  );
}
