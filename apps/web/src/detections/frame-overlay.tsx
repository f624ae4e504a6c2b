/**
 * Boxes over something that is drawn by somebody else and fills its parent, as a video does. It leaves every click to
 * what lies under it, a video's controls among them, and only watches where the pointer is.
 */
import { useEffect, useRef } from 'preact/hooks';
import type { Detection } from '../api/wire.ts';
import { POINTER_REACH, smallestBoxAt, type Size } from './box-geometry.ts';
import { BoxOverlay } from './box-overlay.tsx';
import { useDrawnSize } from './use-drawn-size.ts';

interface FrameOverlayProps {
  /** In the pixels that the boxes are in. */
  readonly picture: Size;
  readonly detections: readonly Detection[];
  readonly activeIndex: number | undefined;
  readonly onActive: (index: number | undefined) => void;
}

export function FrameOverlay({ picture, detections, activeIndex, onActive }: FrameOverlayProps) {
  const element = useRef<HTMLDivElement>(null);
  const room = useDrawnSize(element);

  useEffect(() => {
    const under = element.current?.parentElement;
    if (!under || room.width === 0) return undefined;
    let before: number | undefined;
    const tell = (hit: number | undefined): void => {
      if (hit === before) return;
      before = hit;
      onActive(hit);
    };
    const onMove = ({ clientX, clientY }: PointerEvent): void => {
      const { left, top } = under.getBoundingClientRect();
      const unit = picture.width / room.width;
      tell(smallestBoxAt(detections, (clientX - left) * unit, (clientY - top) * unit, POINTER_REACH * unit));
    };
    const onLeave = (): void => tell(undefined);
    under.addEventListener('pointermove', onMove);
    under.addEventListener('pointerleave', onLeave);
    return () => {
      under.removeEventListener('pointermove', onMove);
      under.removeEventListener('pointerleave', onLeave);
    };
  }, [detections, picture.width, room.width]);

  return (
    <div ref={element} class="frame-overlay">
      {room.width > 0 && (
        <BoxOverlay
          picture={picture}
          drawn={{ x: 0, y: 0, ...room }}
          room={room}
          detections={detections}
          activeIndex={activeIndex}
        />
      )}
    </div>
  );
}
