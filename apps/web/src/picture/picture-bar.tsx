/** What is on the stage, where it stands among the others, and the way to the next one. */
import { fileSizeWords } from './file-size-words.ts';

interface PictureBarProps {
  readonly name: string;
  readonly relativePath: string;
  readonly sizeBytes: number | undefined;
  /** 0 for the first. */
  readonly index: number;
  readonly count: number;
  /** Nothing is taken away while it runs. */
  readonly locked: boolean;
  readonly onStep: (by: 1 | -1) => void;
  readonly onRemove: () => void;
  readonly onClear: () => void;
}

export function PictureBar(props: PictureBarProps) {
  const { name, relativePath, sizeBytes, index, count, locked, onStep, onRemove, onClear } = props;
  return (
    <div class="picture-bar">
      {count > 1 && (
        <div class="stepper" role="group" aria-label="Which picture">
          <button
            type="button"
            class="button button-icon"
            aria-label="Previous picture"
            aria-disabled={index === 0}
            onClick={() => onStep(-1)}
          >
            <Icon d="M12 5l-5 5 5 5" />
          </button>
          <span class="stepper-words">
            {index + 1} <span class="quiet">of {count}</span>
          </span>
          <button
            type="button"
            class="button button-icon"
            aria-label="Next picture"
            aria-disabled={index === count - 1}
            onClick={() => onStep(1)}
          >
            <Icon d="M8 5l5 5-5 5" />
          </button>
        </div>
      )}
      <p class="picture-name" title={relativePath}>
        <strong>{name}</strong>
        {sizeBytes !== undefined && <span class="quiet"> {fileSizeWords(sizeBytes)}</span>}
      </p>
      <div class="picture-bar-end">
        <button
          type="button"
          class="button button-icon button-plain"
          disabled={locked}
          onClick={onRemove}
          aria-label={`Remove ${name}`}
          title="Remove"
        >
          <Icon d="M4 6h12M8 6V4h4v2M5.500 6l.7 10h7.600l.7-10M8.500 9v4.500M11.500 9v4.500" />
        </button>
        {count > 1 && (
          <button type="button" class="button button-small button-plain" disabled={locked} onClick={onClear}>
            Remove all
          </button>
        )}
      </div>
    </div>
  );
}

function Icon({ d }: { readonly d: string }) {
  return (
    <svg viewBox="0 0 20 20" aria-hidden="true">
      <path d={d} />
    </svg>
  );
}
