/** What can be done with a video: a picture of this moment, or frames of all of it. */
import { useState } from 'preact/hooks';
import { frameTimes, usualIntervalS } from './frame-times.ts';

interface SamplingFormProps {
  /** Undefined until the video is open. */
  readonly durationS: number | undefined;
  /** A model is there. */
  readonly ready: boolean;
  readonly running: boolean;
  readonly onSnapshot: () => void;
  readonly onSample: (intervalS: number) => void;
}

export function SamplingForm({ durationS, ready, running, onSnapshot, onSample }: SamplingFormProps) {
  const [typed, setTyped] = useState<number | undefined>(undefined);
  const intervalS = typed ?? usualIntervalS(durationS ?? 0);
  const isSensible = intervalS >= 0.1 && Number.isFinite(intervalS);
  const count = isSensible && durationS !== undefined ? frameTimes(durationS, intervalS).length : undefined;
  return (
    <form
      class="sampling"
      aria-label="What to do with the video"
      onSubmit={(event) => {
        event.preventDefault();
        if (ready && !running && count !== undefined) onSample(intervalS);
      }}
    >
      <button type="button" class="button" disabled={durationS === undefined} onClick={onSnapshot}>
        Grab snapshot
      </button>
      {/* While it runs the button stays focusable, as Run does. */}
      <button type="submit" class="button" disabled={!ready || count === undefined} aria-disabled={running}>
        Run on video
      </button>
      <label class="sampling-interval">
        a frame every
        <input
          type="number"
          aria-label="Seconds between frames"
          min="0.1"
          max="3600"
          step="any"
          inputMode="decimal"
          value={intervalS}
          onInput={(event) => setTyped(event.currentTarget.valueAsNumber)}
        />
        s
      </label>
      <span class="quiet">{count !== undefined && (count === 1 ? '1 frame' : `${count} frames`)}</span>
    </form>
  );
}
