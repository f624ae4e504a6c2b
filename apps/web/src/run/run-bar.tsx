/** The buttons that run and cancel, how far the run has come, and what became of it: said to everyone, ears included. */
import { useEffect, useState } from 'preact/hooks';
import type { Detection } from '../api/wire.ts';
import type { Run } from '../page-state.ts';
import { FailureNote } from './failure-note.tsx';
import type { PictureItem } from './picture-item.ts';
import { progressWords, type Progress } from './run-progress.ts';
import { RunStatus } from './run-status.tsx';

interface RunBarProps {
  readonly run: Run;
  /** Of the present or the last run. */
  readonly progress: Progress | undefined;
  /** A press of Run is about so many pictures; none when there is none or no model. */
  readonly toRunCount: number;
  /** The one is the frame of the video on the stage. */
  readonly isFrameToRun: boolean;
  readonly failedCount: number;
  /** Pictures of the last run with something in them. */
  readonly foundCount: number;
  readonly selected: PictureItem | undefined;
  readonly shown: readonly Detection[];
  readonly onCancel: () => void;
  readonly onRetry: () => void;
  /** Undefined where there is no other one that failed. */
  readonly onShowFailed: (() => void) | undefined;
  readonly onTryNow: () => void;
}

export function RunBar(props: RunBarProps) {
  const { run, progress, toRunCount, failedCount, selected, onCancel, onRetry, onShowFailed, onTryNow } =
    props;
  const running = run.kind === 'running';
  const hint = props.isFrameToRun
    ? 'Looks at the frame that is shown.'
    : toRunCount > 1
      ? `Looks at ${toRunCount} pictures.`
      : undefined;
  const selectedFailure = selected?.state.kind === 'failed' ? selected.state.failure : undefined;
  return (
    <div class="run-bar">
      <div class="run-buttons">
        {/* While it runs the button stays focusable: disabling it would throw the keyboard's place away. */}
        <button
          type="submit"
          class="button button-main"
          disabled={toRunCount === 0 && !running}
          aria-disabled={running}
          aria-describedby={!running && hint !== undefined ? 'run-count' : undefined}
        >
          Run
        </button>
        {running && (
          <button type="button" class="button" onClick={onCancel}>
            Cancel
          </button>
        )}
        {!running && failedCount > 0 && (
          <button type="button" class="button" onClick={onRetry}>
            {failedCount === 1 ? 'Retry failed' : `Retry ${failedCount} failed`}
          </button>
        )}
      </div>
      {!running && hint !== undefined && (
        <p class="hint run-count" id="run-count">
          {hint}
        </p>
      )}
      {running && progress !== undefined && <RunProgress progress={progress} startedMs={run.startedMs} />}
      <RunStatus {...props} />
      {!running && onShowFailed !== undefined && (
        <button type="button" class="button button-small" onClick={onShowFailed}>
          Show the next that failed
        </button>
      )}
      {running && run.hold !== undefined && (
        <>
          <FailureNote failure={run.hold.failure} />
          <div class="hold">
            <Countdown untilMs={run.hold.untilMs} />
            <button type="button" class="button button-small" onClick={onTryNow}>
              Try now
            </button>
          </div>
        </>
      )}
      {run.kind === 'stopped' && <FailureNote failure={run.failure} />}
      {run.kind !== 'stopped' && selectedFailure !== undefined && <FailureNote failure={selectedFailure} />}
    </div>
  );
}

function RunProgress({ progress, startedMs }: { readonly progress: Progress; readonly startedMs: number }) {
  const { done, total } = progress;
  if (total < 2) return <progress class="progress" aria-label="Progress" />;
  return (
    <div class="progress-row">
      <progress class="progress" aria-label="Progress" max={total} value={done} />
      {/* The status says it aloud, and less often. */}
      <span class="progress-words" aria-hidden="true">
        {progressWords(progress, performance.now() - startedMs)}
      </span>
    </div>
  );
}

function Countdown({ untilMs }: { readonly untilMs: number }) {
  const secondsLeft = (): number => Math.max(0, Math.ceil((untilMs - performance.now()) / 1000));
  const [seconds, setSeconds] = useState(secondsLeft);
  useEffect(() => {
    setSeconds(secondsLeft());
    const timer = setInterval(() => setSeconds(secondsLeft()), 250);
    return () => clearInterval(timer);
  }, [untilMs]);
  return (
    <span class="quiet" aria-hidden="true">
      {seconds === 0 ? 'Asking again…' : `Asks again in ${seconds} s`}
    </span>
  );
}
