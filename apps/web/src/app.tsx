/** The page's one story: choose pictures and a model, run, look. It wires the parts and holds no markup of theirs. */
import { useEffect, useReducer, useRef, useState } from 'preact/hooks';
import { KeyDialog } from './access/key-dialog.tsx';
import { keptKey, useKey } from './access/use-key.ts';
import { AnswerJson } from './answer/answer-json.tsx';
import { Timings } from './answer/timings.tsx';
import type { Detection } from './api/wire.ts';
import { ResultsPanel } from './detections/results-panel.tsx';
import { ScoreSlider } from './detections/score-slider.tsx';
import { useLook } from './detections/use-look.ts';
import { Masthead } from './masthead.tsx';
import { ModelChooser } from './model/model-chooser.tsx';
import { useModels } from './model/use-models.ts';
import {
  chosenModel,
  INITIAL_STATE,
  reduce,
  scoreRange,
  selectedAnswer,
  selectedPicture,
  shownVideo,
} from './page-state.ts';
import { pictureOf } from './picture/sort-files.ts';
import { newId, useFileArrivals } from './picture/use-file-arrivals.ts';
import { useObjectUrl } from './picture/use-object-url.ts';
import { failedPictures, nextFailed, picturesToRun } from './run/pictures-to-run.ts';
import { RunBar } from './run/run-bar.tsx';
import { foundIn, runProgress } from './run/run-progress.ts';
import { useRun } from './run/use-run.ts';
import { useKeptFocus } from './use-kept-focus.ts';
import { Viewer } from './viewer.tsx';

const NO_DETECTIONS: readonly Detection[] = [];

export function App() {
  const [state, dispatch] = useReducer(reduce, INITIAL_STATE, (initial) => ({
    ...initial,
    apiKey: keptKey(),
  }));
  const [isKeyPutOff, setKeyPutOff] = useState(false);
  const { give, forget } = useKey(dispatch);
  useModels(state.apiKey, state.run.kind === 'running', dispatch);
  const { takeFiles, dragging } = useFileArrivals(dispatch);
  const { start, cancel, tryNow } = useRun(state.videos, state.apiKey, dispatch);
  const grab = useRef<() => Promise<File>>(null);

  const picture = selectedPicture(state);
  const video = shownVideo(state);
  const source = picture?.source;
  const url = useObjectUrl(video?.file ?? (source?.kind === 'file' ? source.file : undefined));
  const model = chosenModel(state);
  const answer = selectedAnswer(state);
  const { floor, minScore } = scoreRange(state);
  const look = useLook(answer?.prediction.detections ?? NO_DETECTIONS, minScore);

  const { run, pictures } = state;
  const running = run.kind === 'running';
  const failed = nextFailed(pictures, state.selectedId);
  const toRun = picturesToRun(pictures, state.selectedId, model);
  const isFrameToRun = toRun.length === 0 && video !== undefined && model !== undefined;
  // Counted once, at the end: while it runs nobody sees it.
  const ended = run.kind === 'ended' ? pictures.filter(({ runNumber }) => runNumber === run.number) : [];

  const progress = run.kind === 'idle' ? undefined : runProgress(pictures, run.number);
  // Whoever looks at another tab meanwhile sees here how far it is.
  const title = running && progress !== undefined ? `${progress.done} of ${progress.total} · Shoal` : 'Shoal';
  useEffect(() => {
    document.title = title;
  }, [title]);
  useKeptFocus(state.selectedId === undefined ? '#file' : '.button-main', [state.selectedId, run.kind]);

  const ranBy = running ? state.models.find(({ name }) => name === run.model.name)?.state : undefined;
  // A run that is held need not sit out its pause when the server, or the model, is seen to be back.
  useEffect(() => {
    if (state.modelList === 'live') tryNow();
  }, [state.modelList, ranBy === 'ready']);

  // Asked for again whenever the server asks again.
  useEffect(() => setKeyPutOff(false), [state.keyRefusal, state.apiKey]);
  const isKeyAsked = state.keyRefusal !== 'none';

  /** Of a video alone, Run means the frame that is shown. */
  const runShownFrame = async (): Promise<void> => {
    const file = await grab.current?.().catch(() => undefined);
    if (file === undefined || model === undefined) return;
    const snapshot = pictureOf(file, file.name, newId());
    dispatch({ type: 'files-taken', pictures: [snapshot], videos: [], notice: undefined });
    start([snapshot], model);
  };

  return (
    <div class="app">
      <Masthead
        isKeyAsked={isKeyAsked}
        hasKey={state.apiKey !== undefined}
        onEnterKey={() => setKeyPutOff(false)}
        onForgetKey={() => {
          cancel();
          forget();
        }}
      />
      <KeyDialog
        refusal={state.keyRefusal}
        open={isKeyAsked && !isKeyPutOff}
        onGive={give}
        onClose={() => setKeyPutOff(true)}
      />
      <main class="workbench">
        <Viewer
          state={state}
          dispatch={dispatch}
          url={url}
          answer={answer}
          look={look}
          minScore={minScore}
          ready={model !== undefined}
          grab={grab}
          onFiles={takeFiles}
          onRunFrames={(frames) => model !== undefined && start(frames, model)}
        />
        <form
          class="card controls"
          aria-label="What to run"
          onSubmit={(event) => {
            event.preventDefault();
            if (running || model === undefined) return;
            if (isFrameToRun) void runShownFrame();
            else start(toRun, model);
          }}
        >
          <ModelChooser
            models={state.models}
            listState={state.modelList}
            chosen={model}
            onChoose={(name) => dispatch({ type: 'model-chosen', name })}
          />
          <ScoreSlider
            floor={floor}
            value={minScore}
            onMove={(value) => dispatch({ type: 'min-score-moved', minScore: value })}
          />
          <RunBar
            run={run}
            progress={progress}
            toRunCount={isFrameToRun ? 1 : toRun.length}
            isFrameToRun={isFrameToRun}
            failedCount={model === undefined ? 0 : failedPictures(pictures).length}
            foundCount={ended.filter((item) => foundIn(item, minScore) > 0).length}
            selected={picture}
            shown={look.shown}
            onCancel={cancel}
            onRetry={() => model !== undefined && start(failedPictures(pictures), model)}
            onShowFailed={failed && (() => dispatch({ type: 'selected', id: failed.id }))}
            onTryNow={tryNow}
          />
        </form>
        <ResultsPanel
          answer={answer}
          pictureName={picture?.name ?? ''}
          pictureUrl={video === undefined ? url : undefined}
          look={look}
          items={pictures}
          runName={runNameOf(pictures[0]?.relativePath ?? '', video?.name)}
        />
        {answer !== undefined && (
          <section class="card fine-print" aria-label="The answer">
            <Timings timingsMs={answer.prediction.timingsMs} />
            <AnswerJson body={answer.body} />
          </section>
        )}
      </main>
      {dragging && (
        <div class="drop-veil" aria-hidden="true">
          <p>Drop pictures, folders or videos</p>
        </div>
      )}
    </div>
  );
}

/** What files of many results are named after: the video, or the folder that was chosen. */
function runNameOf(firstPath: string, videoName: string | undefined): string {
  const [folder, ...below] = firstPath.split('/');
  return videoName ?? (below.length > 0 ? folder! : 'pictures');
}
