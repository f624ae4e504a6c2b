/** The left side of the page: what is looked at, and the way to everything else that is there to be looked at. */
import type { RefObject } from 'preact';
import type { Answer } from './api/client.ts';
import { Stage } from './detections/stage.tsx';
import type { Look } from './detections/use-look.ts';
import { Filmstrip } from './filmstrip/filmstrip.tsx';
import {
  filmstripIds,
  framesOf,
  selectedPicture,
  shownVideo,
  type PageEvent,
  type PageState,
} from './page-state.ts';
import { FilePicker } from './picture/file-picker.tsx';
import { PictureBar } from './picture/picture-bar.tsx';
import { SampleScenes } from './picture/sample-scenes.tsx';
import { newId } from './picture/use-file-arrivals.ts';
import { frameItems } from './video/frame-items.ts';
import { VideoStage } from './video/video-stage.tsx';

interface ViewerProps {
  readonly state: PageState;
  readonly dispatch: (event: PageEvent) => void;
  /** Of the picture or the video on the stage. */
  readonly url: string | undefined;
  readonly answer: Answer | undefined;
  readonly look: Look;
  readonly minScore: number;
  /** A model is there. */
  readonly ready: boolean;
  readonly grab: RefObject<(() => Promise<File>) | null>;
  readonly onFiles: (files: readonly File[]) => void;
  readonly onRunFrames: (frames: ReturnType<typeof frameItems>) => void;
}

/** By how many there are to look at: none, one, several. */
const VIEWER_CLASS = ['viewer viewer-empty', 'viewer', 'viewer viewer-many'];

export function Viewer(props: ViewerProps) {
  const { state, dispatch, url, answer, look, minScore, onFiles } = props;
  const picture = selectedPicture(state);
  const video = shownVideo(state);
  const shown = video ?? picture;
  const ids = filmstripIds(state);
  const index = shown === undefined ? -1 : ids.indexOf(shown.id);
  const running = state.run.kind === 'running';
  const select = (id: string | undefined): void => {
    if (id !== undefined) dispatch({ type: 'selected', id });
  };

  return (
    <div class={VIEWER_CLASS[Math.min(ids.length, 2)]}>
      <div class="viewer-top">
        <FilePicker compact={shown !== undefined} onFiles={onFiles} />
        {shown !== undefined && (
          <PictureBar
            name={shown.name}
            relativePath={shown.relativePath}
            sizeBytes={video?.file.size ?? picture?.sizeBytes}
            index={index}
            count={ids.length}
            locked={running}
            onStep={(by) => select(ids[index + by])}
            onRemove={() => dispatch({ type: 'removed', id: shown.id })}
            onClear={() => dispatch({ type: 'cleared' })}
          />
        )}
      </div>
      {state.fileNotice !== undefined && (
        <p class="notice" role="alert">
          {state.fileNotice}
        </p>
      )}
      {video !== undefined && url !== undefined ? (
        <VideoStage
          key={video.id}
          video={video}
          url={url}
          frames={framesOf(state, video.id)}
          frame={picture}
          look={look}
          minScore={minScore}
          ready={props.ready}
          running={running}
          grab={props.grab}
          onSnapshot={(file) => onFiles([file])}
          onSample={(durationS, intervalS) => {
            const frames = frameItems(video, durationS, intervalS, newId);
            dispatch({ type: 'frames-planned', videoId: video.id, frames });
            props.onRunFrames(frames);
          }}
          onFrame={select}
          onUnplayable={() =>
            dispatch({
              type: 'video-refused',
              id: video.id,
              notice: `“${video.name}” cannot be played by this browser. Save it as MP4 (H.264) or WebM and choose that, or choose frames of it as images.`,
            })
          }
        />
      ) : (
        <Stage
          fileName={picture?.name ?? ''}
          pictureUrl={video === undefined ? url : undefined}
          answeredSize={answer?.prediction.image}
          detections={look.shown}
          running={picture?.state.kind === 'running'}
          activeIndex={look.activeIndex}
          onActive={look.setActiveIndex}
          wanted={look.wanted}
          invitation={<SampleScenes onFiles={onFiles} />}
        />
      )}
      {ids.length > 1 && (
        <Filmstrip
          videos={state.videos}
          pictures={state.pictures.filter(({ source }) => source.kind === 'file')}
          shownId={shown?.id}
          minScore={minScore}
          onSelect={select}
        />
      )}
    </div>
  );
}
