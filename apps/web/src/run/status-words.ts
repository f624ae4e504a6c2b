/** What stands under the Run button: how the run goes, or what the picture on the stage has in it. */
import type { Detection } from '../api/wire.ts';
import { countByLabel } from '../detections/minimum-score.ts';
import type { Run } from '../page-state.ts';
import type { PictureItem } from './picture-item.ts';
import { endWords, placeWords, type Progress } from './run-progress.ts';

export interface Standing {
  readonly run: Run;
  readonly progress: Progress | undefined;
  /** Pictures of the run with something in them. */
  readonly foundCount: number;
  readonly selected: PictureItem | undefined;
  readonly shown: readonly Detection[];
}

export function statusWords({ run, progress, foundCount, selected, shown }: Standing): string {
  if (run.kind === 'running') {
    if (run.hold !== undefined) return '';
    if (progress !== undefined && progress.total > 1) {
      const failed = progress.failed === 0 ? '' : `, ${progress.failed} failed`;
      return `${progress.done} of ${progress.total} ${progress.noun}s done${failed}.`;
    }
    if (selected?.state.kind === 'running' && selected.state.phase === 'queued') {
      return `Waiting for ${run.model.title}: ${placeWords(selected.state)}.`;
    }
    return `${run.model.title} is looking at the picture…`;
  }
  const whole =
    run.kind === 'ended' && progress !== undefined && (progress.total > 1 || run.canceled)
      ? endWords(progress, foundCount, run.canceled)
      : '';
  return [whole, pictureWords(selected, shown)].filter((part) => part !== '').join(' ');
}

function pictureWords(selected: PictureItem | undefined, shown: readonly Detection[]): string {
  if (selected?.state.kind !== 'answered') return '';
  const { model, answer } = selected.state;
  const total = answer.prediction.detections.length;
  if (total === 0) return `${model.title} found nothing in this picture.`;
  if (shown.length === 0)
    return `Nothing is shown of ${total}: lower the minimum score, or show more classes.`;
  const names = countByLabel(shown)
    .slice(0, 6)
    .map(([label, count]) => `${count} × ${label}`)
    .join(', ');
  return `Showing ${shown.length} of ${total}: ${names}.`;
}
