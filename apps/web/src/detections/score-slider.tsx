/** The minimum score, 0 to 1. Moving it filters what is here; it asks the server for nothing. */
interface ScoreSliderProps {
  readonly floor: number;
  readonly value: number;
  readonly onMove: (value: number) => void;
}

export function ScoreSlider({ floor, value, onMove }: ScoreSliderProps) {
  return (
    <div class="field">
      <div class="label-row">
        <label for="min-score">Minimum score</label>
        {/* The slider says its value itself: an output would say it twice. */}
        <span aria-hidden="true">{value.toFixed(2)}</span>
      </div>
      <input
        id="min-score"
        type="range"
        min={floor}
        max={1}
        step={0.01}
        value={value}
        onInput={(event) => onMove(event.currentTarget.valueAsNumber)}
      />
    </div>
  );
}
