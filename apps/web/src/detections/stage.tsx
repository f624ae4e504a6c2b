/**
 * The picture with its boxes on top, as large as there is room, to be zoomed and moved. Without a picture it invites to
 * choose one. A format that this browser cannot show is drawn as an empty sheet of the answer's size, so that the boxes
 * can be read all the same.
 */
import type { ComponentChildren } from 'preact';
import { useRef, useState } from 'preact/hooks';
import type { Detection } from '../api/wire.ts';
import type { Size } from './box-geometry.ts';
import { EmptyStage } from './empty-stage.tsx';
import { PictureRoom } from './picture-room.tsx';
import type { WantedBox } from './use-look.ts';

interface StageProps {
  /** Of a picture or of a frame of a video. */
  readonly pictureUrl: string | undefined;
  readonly fileName: string;
  /** The upright picture's size in pixels, as the server saw it. */
  readonly answeredSize: Size | undefined;
  readonly detections: readonly Detection[];
  readonly activeIndex: number | undefined;
  readonly onActive: (index: number | undefined) => void;
  /** A box that is to be seen. */
  readonly wanted?: WantedBox | undefined;
  readonly running: boolean;
  /** What may be done while there is no picture, such as sample scenes to try. */
  readonly invitation?: ComponentChildren;
}

export function Stage({ running, pictureUrl, invitation, wanted, ...room }: StageProps) {
  const [boxesShown, setBoxesShown] = useState(true);
  // The next picture takes the room of the one before until it is there: the page does not jump.
  const lastSize = useRef<Size | undefined>(undefined);
  return (
    <section class={running ? 'card stage stage-running' : 'card stage'} aria-label="Picture">
      {pictureUrl === undefined ? (
        <EmptyStage>{invitation}</EmptyStage>
      ) : (
        // A new picture is a new room: nothing that was learnt about the one before may reach it.
        <PictureRoom
          key={pictureUrl}
          pictureUrl={pictureUrl}
          {...room}
          wanted={wanted}
          expectedSize={lastSize.current}
          onSize={(size) => {
            lastSize.current = size;
          }}
          boxesShown={boxesShown}
          onToggleBoxes={() => setBoxesShown((shown) => !shown)}
        />
      )}
    </section>
  );
}
