/** Under the picture: its size, and zooming for those who have neither wheel nor two fingers. */
import type { Size } from './box-geometry.ts';
import type { ViewControl } from './use-view.ts';

interface ZoomBarProps {
  readonly control: ViewControl;
  readonly picture: Size | undefined;
  readonly boxesShown: boolean;
  /** Undefined while there are no boxes to hide. */
  readonly onToggleBoxes: (() => void) | undefined;
}

export function ZoomBar({ control, picture, boxesShown, onToggleBoxes }: ZoomBarProps) {
  return (
    <div class="zoom-bar">
      <p class="zoom-caption">{picture && `${picture.width} × ${picture.height} px`}</p>
      <div class="zoom-buttons" role="group" aria-label="View">
        {onToggleBoxes !== undefined && (
          <button type="button" class="icon-button" aria-pressed={boxesShown} onClick={onToggleBoxes}>
            Boxes
          </button>
        )}
        <IconButton name="Zoom out" path="M4 10h12" off={control.whole} onClick={control.zoomOut} />
        <span class="zoom-percent">{percent(control.view.scale)}</span>
        <IconButton name="Zoom in" path="M4 10h12M10 4v12" onClick={control.zoomIn} />
        <IconButton
          name="Whole picture"
          path="M3 7V3h4M13 3h4v4M17 13v4h-4M7 17H3v-4"
          off={control.whole}
          onClick={control.showWhole}
        />
      </div>
    </div>
  );
}

interface IconButtonProps {
  readonly name: string;
  readonly path: string;
  /** Stays focusable: a button that turns off under the finger must not throw the keyboard's place away. */
  readonly off?: boolean;
  readonly onClick: () => void;
}

function IconButton({ name, path, off = false, onClick }: IconButtonProps) {
  return (
    <button
      type="button"
      class="icon-button"
      aria-label={name}
      title={name}
      aria-disabled={off}
      onClick={onClick}
    >
      <svg viewBox="0 0 20 20" aria-hidden="true">
        <path d={path} />
      </svg>
    </button>
  );
}

function percent(scale: number): string {
  return `${Math.round(scale * 100)} %`;
}
