/** The button that runs, and what became of the run: one live region that says it to everyone. */
import { adviceFor } from '../api/error-advice.ts';
import type { Detection } from '../api/wire.ts';
import { countByLabel } from '../detections/minimum-score.ts';
import type { Run } from '../page-state.ts';

interface RunBarProps {
  readonly run: Run;
  /** A picture and a model are chosen. */
  readonly ready: boolean;
  readonly shown: readonly Detection[];
  readonly onCancel: () => void;
}

export function RunBar({ run, ready, shown, onCancel }: RunBarProps) {
  const running = run.kind === 'running';
  return (
    <div class="run-bar">
      <div class="run-buttons">
        {/* While it runs the button stays focusable: disabling it would throw the keyboard's place away. */}
        <button type="submit" class="button button-main" disabled={!ready} aria-disabled={running}>
          Run
        </button>
        {running && (
          <button type="button" class="button" onClick={onCancel}>
            Cancel
          </button>
        )}
      </div>
      <p class="status" role="status">
        {statusWords(run, shown)}
      </p>
      {run.kind === 'failed' && <FailureNote {...run.failure} />}
    </div>
  );
}

function FailureNote(failure: { code: string; message: string; retryAfterS: number | undefined }) {
  const advice = adviceFor(failure.code, failure.retryAfterS);
  return (
    <div class="notice notice-bad" role="alert">
      <strong>{advice.title}</strong>
      <p>{advice.whatToDo}</p>
      <p class="notice-detail">
        The server says: {failure.message} <code>{failure.code}</code>
      </p>
    </div>
  );
}

function statusWords(run: Run, shown: readonly Detection[]): string {
  switch (run.kind) {
    case 'idle':
    case 'failed':
      return '';
    case 'running':
      return `${run.model.title} is looking at the picture…`;
    case 'answered': {
      const total = run.answer.prediction.detections.length;
      if (total === 0) return `${run.model.title} found nothing in this picture.`;
      if (shown.length === 0)
        return `Nothing reaches this score: ${total} below it. Lower the minimum score.`;
      const names = countByLabel(shown)
        .slice(0, 6)
        .map(([label, count]) => `${count} × ${label}`)
        .join(', ');
      return `Showing ${shown.length} of ${total}: ${names}.`;
    }
    default:
      return run satisfies never;
  }
}
