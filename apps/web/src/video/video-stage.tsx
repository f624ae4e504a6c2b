/**
 * The video on the stage: it plays, gives snapshots at its native size, and shows the boxes of a sampled frame while it
 * stands at that frame's moment. It plans no frames and asks no server.
 */
import type { RefObject } from 'preact';
import { useEffect, useRef, useState } from 'preact/hooks';
import { FrameOverlay } from '../detections/frame-overlay.tsx';
import type { Look } from '../detections/use-look.ts';
import type { PictureItem, VideoItem } from '../run/picture-item.ts';
import { captureFrame, whenMeasured } from './capture-frame.ts';
import { findingsOf, frameBefore } from './findings.ts';
import { FoundWhen } from './found-when.tsx';
import { frameName } from './frame-times.ts';
import { SamplingForm } from './sampling-form.tsx';

interface VideoStageProps {
  readonly video: VideoItem;
  readonly url: string;
  readonly frames: readonly PictureItem[];
  /** One of the frames, if one is selected. */
  readonly frame: PictureItem | undefined;
  readonly look: Look;
  readonly minScore: number;
  /** A model is there. */
  readonly ready: boolean;
  readonly running: boolean;
  /** Filled with what takes the present picture, for those outside who want it. */
  readonly grab: RefObject<(() => Promise<File>) | null>;
  readonly onSnapshot: (snapshot: File) => void;
  readonly onSample: (durationS: number, intervalS: number) => void;
  readonly onFrame: (id: string) => void;
  readonly onUnplayable: () => void;
}

/** Where each video stood when it was last on the stage. */
const positions = new Map<string, number>();

/** How far from a frame's moment its boxes are shown: exactly there while it stands, a glimpse of them while it plays. */
const NEAR_STANDING_S = 0.05;
const NEAR_PLAYING_S = 0.3;

export function VideoStage(props: VideoStageProps) {
  const { video, url, frames, frame, look, minScore, ready } = props;
  const element = useRef<HTMLVideoElement>(null);
  const [durationS, setDurationS] = useState<number | undefined>(undefined);
  const [ratio, setRatio] = useState(16 / 9);
  const [at, setAt] = useState({ nowS: 0, playing: false });
  const [trouble, setTrouble] = useState<string | undefined>(undefined);

  useEffect(() => {
    const abort = new AbortController();
    const player = element.current!;
    const open = async (): Promise<void> => {
      try {
        const measuredS = await whenMeasured(player, abort.signal);
        // Sound alone, or a codec of which this browser plays the sound only.
        if (player.videoHeight === 0) throw new Error('There is no picture in it.');
        setDurationS(measuredS);
      } catch {
        if (!abort.signal.aborted) props.onUnplayable();
        return;
      }
      setRatio(player.videoWidth / player.videoHeight);
      player.currentTime = positions.get(video.id) ?? 0;
    };
    void open();
    return () => abort.abort();
  }, [url]);

  const onTime = (): void => {
    const player = element.current;
    if (player === null || durationS === undefined) return;
    positions.set(video.id, player.currentTime);
    setAt({ nowS: player.currentTime, playing: !player.paused });
    if (player.paused || frames.length === 0) return;
    const passed = frameBefore(frames, player.currentTime);
    if (passed !== undefined && passed.id !== frame?.id) props.onFrame(passed.id);
  };

  const take = async (): Promise<File> => {
    const player = element.current!;
    const { currentTime } = player;
    const png = await captureFrame(player, 'image/png');
    player.pause();
    return new File([png], frameName(video.name, currentTime, 'png'), { type: 'image/png' });
  };
  props.grab.current = async () => {
    try {
      const snapshot = await take();
      setTrouble(undefined);
      return snapshot;
    } catch (error) {
      setTrouble(error instanceof Error ? error.message : String(error));
      throw error;
    }
  };

  const jump = (frameId: string, atS: number): void => {
    const player = element.current!;
    player.pause();
    player.currentTime = atS;
    props.onFrame(frameId);
  };

  const answer = frame?.state.kind === 'answered' ? frame.state.answer : undefined;
  const atS = frame?.source.kind === 'frame' ? frame.source.atS : undefined;
  const isNear =
    atS !== undefined && Math.abs(at.nowS - atS) < (at.playing ? NEAR_PLAYING_S : NEAR_STANDING_S);

  return (
    <section class="card stage video-stage" aria-label="Video">
      <div class="video-room">
        <div class="video-frame" style={{ '--ratio': String(ratio) }}>
          <video
            ref={element}
            src={url}
            controls
            playsInline
            preload="auto"
            aria-label={`The chosen video, ${video.name}`}
            onTimeUpdate={onTime}
            onSeeked={onTime}
            onPlay={onTime}
            onPause={onTime}
          />
          {answer !== undefined && isNear && (
            <FrameOverlay
              picture={answer.prediction.image}
              detections={look.shown}
              activeIndex={look.activeIndex}
              onActive={look.setActiveIndex}
            />
          )}
        </div>
      </div>
      <SamplingForm
        durationS={durationS}
        ready={ready}
        running={props.running}
        onSnapshot={() => void props.grab.current?.().then(props.onSnapshot, () => undefined)}
        onSample={(intervalS) => durationS !== undefined && props.onSample(durationS, intervalS)}
      />
      {trouble !== undefined && (
        <p class="notice notice-bad" role="alert">
          No snapshot: {trouble} Play the video for a moment and try again.
        </p>
      )}
      {frames.length > 0 && durationS !== undefined && (
        <FoundWhen
          findings={findingsOf(frames, minScore, look.hiddenLabels)}
          frameCount={frames.length}
          durationS={durationS}
          nowS={at.nowS}
          shownFrameId={frame?.id}
          onJump={(finding) => jump(finding.frameId, finding.atS)}
        />
      )}
    </section>
  );
}
