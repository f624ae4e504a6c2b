/**
 * The picture with its boxes on top. The frame takes the shape of the picture, or of the answer where this browser
 * cannot show the format, so the boxes can be read in both cases.
 */
import { useState } from 'preact/hooks';
import type { Detection } from '../api/wire.ts';
import type { Size } from './box-geometry.ts';
import { BoxOverlay } from './box-overlay.tsx';

interface FrameProps {
  readonly pictureUrl: string;
  readonly fileName: string;
  /** The upright picture's size in pixels, as the server saw it. */
  readonly answeredSize: Size | undefined;
  readonly detections: readonly Detection[];
  readonly activeIndex: number | undefined;
  readonly onActive: (index: number | undefined) => void;
}

interface StageProps extends Omit<FrameProps, 'pictureUrl'> {
  readonly pictureUrl: string | undefined;
  readonly running: boolean;
}

export function Stage({ running, pictureUrl, ...frame }: StageProps) {
  return (
    <section class={running ? 'card stage stage-running' : 'card stage'} aria-label="Picture">
      {pictureUrl === undefined ? (
        <EmptyStage />
      ) : (
        // A new picture is a new frame: nothing that was learnt about the one before may reach it.
        <Frame key={pictureUrl} pictureUrl={pictureUrl} {...frame} />
      )}
    </section>
  );
}

function Frame({ pictureUrl, fileName, answeredSize, detections, activeIndex, onActive }: FrameProps) {
  const [shownSize, setShownSize] = useState<Size | undefined>(undefined);
  const [unshowable, setUnshowable] = useState(false);
  const size = shownSize ?? answeredSize;
  const shape = size === undefined ? {} : { '--width': String(size.width), '--height': String(size.height) };

  return (
    <div class={size === undefined ? 'frame' : 'frame frame-sized'} style={shape}>
      {unshowable ? (
        <p class="frame-words">
          This browser cannot show “{fileName}”.
          {answeredSize === undefined && ' The server may still be able to read it.'}
        </p>
      ) : (
        <img
          src={pictureUrl}
          alt={`The chosen picture, ${fileName}`}
          onLoad={({ currentTarget: { naturalWidth, naturalHeight } }) =>
            setShownSize({ width: naturalWidth, height: naturalHeight })
          }
          onError={() => setUnshowable(true)}
        />
      )}
      {answeredSize !== undefined && (
        <BoxOverlay
          picture={answeredSize}
          detections={detections}
          activeIndex={activeIndex}
          onActive={onActive}
        />
      )}
    </div>
  );
}

function EmptyStage() {
  return (
    <div class="stage-empty">
      <svg viewBox="0 0 120 84" aria-hidden="true">
        <path
          class="empty-fish"
          d="M26 42c14-18 38-18 52 0 5-6 10-9 16-10-3 6-3 14 0 20-6-1-11-4-16-10-14 18-38 18-52 0z"
        />
        <path class="empty-corners" d="M10 26V14h14M96 14h14v12M110 58v12H96M24 70H10V58" />
      </svg>
      <p>The picture appears here, with a box around everything that is found in it.</p>
    </div>
  );
}
