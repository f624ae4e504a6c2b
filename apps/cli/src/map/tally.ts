/** What a run has done so far, counted: for its progress, and for the summary at its end. */
import { describeDuration } from '../terminal.ts';
import { isFailure, type JournalEntry } from './journal-entry.ts';

export class Tally {
  /** Pictures that an earlier run has answered, and that this one passes by. */
  before = 0;
  answered = 0;
  failed = 0;
  readonly failures = new Map<string, number>();
  readonly detections = new Map<string, number>();
  warnings = 0;
  /** Files that are no pictures. */
  others = 0;
  unreadableFolders = 0;
  /** Links to a folder that they are in. */
  loops = 0;
  /** Pictures in the folder, as soon as somebody has counted. */
  total: number | undefined;
  /** Why the server is being asked again; undefined while it answers. */
  trouble: string | undefined;
  readonly #startedMs = performance.now();

  add(entry: JournalEntry): void {
    this.trouble = undefined;
    if (isFailure(entry)) {
      this.failed += 1;
      increase(this.failures, entry.error.code);
      return;
    }
    this.answered += 1;
    this.warnings += entry.prediction.warnings?.length ?? 0;
    for (const { label } of entry.prediction.detections) increase(this.detections, label);
  }

  get done(): number {
    return this.answered + this.failed;
  }

  get elapsedS(): number {
    return (performance.now() - this.#startedMs) / 1000;
  }

  get perS(): number {
    return this.done / Math.max(this.elapsedS, 0.001);
  }

  /** 0 to 1. */
  get share(): number | undefined {
    if (this.total === undefined) return undefined;
    return this.total === 0 ? 1 : Math.min(1, (this.before + this.done) / this.total);
  }

  describe(): string {
    const { total, done, before, failed, perS, elapsedS } = this;
    const left = total === undefined ? undefined : total - before - done;
    return [
      `${before + done}${total === undefined ? '' : ` of ${total}`}`,
      `${perS.toFixed(1)}/s`,
      `${failed} failed`,
      ...(left !== undefined && left > 0 && done > 0 && elapsedS > 2
        ? [`${describeDuration(left / perS)} left`]
        : []),
      ...(this.trouble === undefined ? [] : [this.trouble]),
    ].join(' · ');
  }
}

function increase(counts: Map<string, number>, name: string): void {
  counts.set(name, (counts.get(name) ?? 0) + 1);
}
