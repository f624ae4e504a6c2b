/** One picture in its room: drawn, covered with boxes, zoomed and moved; what is pointed at in it is told. */
import { useEffect, useRef, useState } from 'preact/hooks';
import type { Detection } from '../api/wire.ts';
import { boxRectangle, POINTER_REACH, smallestBoxAt, type Size } from './box-geometry.ts';
import { BoxOverlay } from './box-overlay.tsx';
import { useView } from './use-view.ts';
import type { WantedBox } from './use-look.ts';
import type { Point } from './view.ts';
import { ZoomBar } from './zoom-bar.tsx';

interface PictureRoomProps {
  readonly pictureUrl: string;
  readonly fileName: string;
  readonly answeredSize: Size | undefined;
  readonly detections: readonly Detection[];
  readonly activeIndex: number | undefined;
  readonly onActive: (index: number | undefined) => void;
  readonly wanted: WantedBox | undefined;
  /** Until the picture's own is known. */
  readonly expectedSize: Size | undefined;
  readonly onSize: (size: Size) => void;
  readonly boxesShown: boolean;
  readonly onToggleBoxes: () => void;
}

const NO_SIZE: Size = { width: 0, height: 0 };
/** From here on people look at pixels, and blurred ones would hide what the model was given. */
const SHARP_FROM_SCALE = 3;

export function PictureRoom({ answeredSize, detections, activeIndex, onActive, ...props }: PictureRoomProps) {
  const { pictureUrl, fileName, wanted, expectedSize, onSize, boxesShown, onToggleBoxes } = props;
  const element = useRef<HTMLDivElement>(null);
  const pointedAt = useRef<number | undefined>(undefined);
  const [shownSize, setShownSize] = useState<Size | undefined>(undefined);
  const [unshowable, setUnshowable] = useState(false);
  const size = shownSize ?? answeredSize;
  const picture = size ?? NO_SIZE;

  const point = (at: Point | undefined): void => {
    if (answeredSize === undefined || !boxesShown) return;
    const { x, y, scale } = control.view;
    // The boxes' own pixels, should this browser show the picture at another size than the server saw.
    const unit = answeredSize.width / (picture.width * scale);
    const hit = at && smallestBoxAt(detections, (at.x - x) * unit, (at.y - y) * unit, POINTER_REACH * unit);
    if (hit === pointedAt.current && (hit === undefined || hit === activeIndex)) return;
    pointedAt.current = hit;
    onActive(hit);
  };
  const control = useView(element, picture, point);
  const { view, whole } = control;

  useEffect(() => {
    if (size !== undefined) onSize(size);
  }, [size]);
  useEffect(() => {
    const chosen = wanted && detections[wanted.index];
    if (chosen === undefined || answeredSize === undefined) return;
    const rectangle = boxRectangle(chosen.box, answeredSize);
    if (wanted?.manner === 'close-up') control.showCloseUp(rectangle);
    else control.revealRectangle(rectangle);
  }, [wanted]);

  const drawn = {
    x: view.x,
    y: view.y,
    width: picture.width * view.scale,
    height: picture.height * view.scale,
  };
  const place = {
    width: `${drawn.width}px`,
    height: `${drawn.height}px`,
    transform: `translate(${drawn.x}px, ${drawn.y}px)`,
  };
  const shape = size ?? expectedSize;

  return (
    <>
      <div
        ref={element}
        class={`room ${whole ? '' : 'room-zoomed'} ${control.dragging ? 'room-dragging' : ''}`}
        style={shape && { '--width': String(shape.width), '--height': String(shape.height) }}
        role="group"
        aria-label="Picture: plus and minus zoom, the arrow keys move it, zero shows all of it"
        tabIndex={0}
        {...control.listeners}
      >
        {unshowable ? (
          <p class="room-words" style={answeredSize && place}>
            This browser cannot show “{fileName}”.
            {answeredSize === undefined && ' The server may still be able to read it.'}
          </p>
        ) : (
          <img
            class={view.scale >= SHARP_FROM_SCALE ? 'picture picture-sharp' : 'picture'}
            style={{ ...place, visibility: shownSize === undefined ? 'hidden' : 'visible' }}
            src={pictureUrl}
            alt={`The chosen picture, ${fileName}`}
            draggable={false}
            onLoad={({ currentTarget: { naturalWidth: width, naturalHeight: height } }) =>
              setShownSize({ width, height })
            }
            onError={() => setUnshowable(true)}
          />
        )}
        {answeredSize !== undefined && boxesShown && control.room.width > 0 && (
          <BoxOverlay
            picture={answeredSize}
            drawn={drawn}
            room={control.room}
            detections={detections}
            activeIndex={activeIndex}
          />
        )}
      </div>
      <ZoomBar
        control={control}
        picture={size}
        boxesShown={boxesShown}
        onToggleBoxes={answeredSize && onToggleBoxes}
      />
    </>
  );
}
